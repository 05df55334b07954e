import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { COLUMNS } from "./kind.ts";

const spec = z.object({
  content: z.string().min(1)
    .describe("The Dotprompt source: YAML frontmatter and a Handlebars template."),
  description: z.string().optional().describe("What the prompt is for, for people."),
}).describe("A Dotprompt source.");

const status = z.object({
  ...commonStatus,
  contentHash: z.string().optional().describe("SHA-256 of spec.content, in hexadecimal."),
  parsedFrontmatter: freeForm().optional()
    .describe("The frontmatter as it was read; absent where it cannot be."),
}).describe("What the operator knows of the Prompt.");

/** The kind Prompt: a Dotprompt source. */
export const promptKind = customKind({
  kind: "Prompt",
  shortName: "gpr",
  description: "A Dotprompt source, for flows to refer to.",
  spec,
  status,
  printerColumns: [
    { name: "Hash", type: "string", jsonPath: ".status.contentHash" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** A Dotprompt source. */
export type Prompt = z.infer<typeof promptKind.schema>;
