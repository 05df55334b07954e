import type { PromptFile } from "../../shared/contract/bundle.ts";
import { checkPrompts } from "../../shared/flows/check_prompts.ts";
import { parsePromptSource } from "../../shared/flows/prompt_source.ts";
import { createDotprompt } from "./dotprompt.ts";
import { compilePrompt, type Prompt } from "./prompt.ts";

/** The prompts of a flow, ready to be rendered. */
export interface Prompts {
  /** By name; `a.formal` is the variant `formal` of `a`. Partials are not among them. */
  prompts: Map<string, Prompt>;
  warnings: string[];
}

/**
 * Compiles the prompts of one flow. A file `_x.prompt` is the partial `x`, for this flow only.
 *
 * @throws {Error} on the first prompt that cannot be used, with its file's name, the line where it
 * is known, and no text of the prompt.
 */
export async function loadPrompts(files: readonly PromptFile[]): Promise<Prompts> {
  const { problems, warnings } = checkPrompts(files);
  const shown = (name: string, message: string) => `prompts/${name}.prompt: ${message}`;
  for (const { prompt, message } of problems) throw new Error(shown(prompt, message));
  const dotprompt = createDotprompt();
  const prompts = new Map<string, Prompt>();
  for (const { name, source } of files) {
    if (name.startsWith("_")) {
      dotprompt.definePartial(name.slice(1), parsePromptSource(source).template.trim());
    }
  }
  const found = warnings.map(({ prompt, message }) => shown(prompt, message));
  for (const file of files.filter(({ name }) => !name.startsWith("_"))) {
    try {
      const prompt = await compilePrompt(dotprompt, file);
      prompts.set(file.name, prompt);
      found.push(...prompt.warnings.map((message) => shown(file.name, message)));
    } catch (error) {
      throw new Error(shown(file.name, (error as Error).message));
    }
  }
  return { prompts, warnings: found };
}
