import type { GenerateRequest } from "genkit";
import { asSchema } from "../../schema/json_schema.ts";
import { isStrictSchema } from "./strict_schema.ts";

/**
 * The `response_format` that asks for a request's output; undefined where there is nothing to ask
 * for, as Genkit has put instructions into the messages for other formats (jsonl).
 */
export function responseFormat(
  { output }: Pick<GenerateRequest, "output">,
): Record<string, unknown> | undefined {
  if (output?.format !== "json" && !(output?.constrained && output.schema)) return undefined;
  if (output.schema === undefined || output.constrained === false) return { type: "json_object" };
  const schema = asSchema(output.schema);
  return {
    type: "json_schema",
    json_schema: { name: "output", schema, strict: isStrictSchema(schema) },
  };
}

/**
 * Whether a request's output schema must be put into words: the API takes a schema only where it
 * is one of an object.
 */
export function needsInstructions({ output }: Pick<GenerateRequest, "output">): boolean {
  return output?.schema !== undefined && output.constrained === true &&
    asSchema(output.schema).type !== "object";
}
