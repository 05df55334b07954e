import { picoschema } from "dotprompt";
import type { PromptSource } from "../flows/prompt_source.ts";
import { asObject } from "./as_object.ts";
import { type UnknownVariable, unknownVariables } from "./unknown_variables.ts";

/**
 * Compares the variables of a prompt with the schema of its input; the lines are those of the source.
 * A prompt without a schema takes what it is given; a schema or template that is not valid is found by others.
 */
export async function checkVariables(
  { frontmatter, template, templateLine }: PromptSource,
): Promise<UnknownVariable[]> {
  const { schema } = asObject(frontmatter.input);
  try {
    return unknownVariables(template, asObject(schema && await picoschema(schema, {})))
      .map(({ message, line }) => ({ message, line: templateLine + line - 1 }));
  } catch {
    return [];
  }
}
