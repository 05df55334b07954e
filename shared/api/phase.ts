import { z } from "zod";

/** A word for where a Flow or FlowSet is in its life. */
export const phase = z.enum(["Pending", "Running", "Failed", "Updating"]);

/** A word for where a Flow or FlowSet is in its life. */
export type Phase = z.infer<typeof phase>;
