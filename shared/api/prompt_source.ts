import { z } from "zod";
import { boundedReference, celIsSet, isSet } from "./local_reference.ts";
import { withRules } from "./rule.ts";

const inlinePrompt = z.object({
  name: z.string().min(1).describe("The prompt's name: its file is `<name>.prompt`."),
  content: z.string().min(1)
    .describe("The Dotprompt source: YAML frontmatter and a Handlebars template."),
});

const entry = z.object({
  promptRef: boundedReference.optional().describe("A Prompt of the same namespace."),
  prompt: inlinePrompt.optional().describe("The prompt, written here instead of in a Prompt."),
}).describe("A prompt, by promptRef or written here, one of them.");

/** An entry of `prompts`: a reference to a Prompt or the prompt itself. */
export const promptSource = withRules(entry, [
  {
    cel: `!(${celIsSet("promptRef")} && has(self.prompt))`,
    message: "promptRef and prompt are both set, should be one of them",
    check: (self) => !(isSet(self.promptRef) && self.prompt !== undefined),
  },
  {
    cel: `${celIsSet("promptRef")} || has(self.prompt)`,
    message: "neither promptRef nor prompt is set, should be one of them",
    check: (self) => isSet(self.promptRef) || self.prompt !== undefined,
  },
]);

/** An entry of `prompts`: a reference to a Prompt or the prompt itself. */
export type PromptSource = z.infer<typeof promptSource>;
