import { z } from "zod";

/** Which files of a source are resources, besides prompts. */
export const resourceGlobs = z.array(z.string().min(1).max(1024)).max(64).optional().describe(
  "Globs of files that objects refer to and that hold none, such as schemas/**; *.prompt besides.",
);
