import { asSchema, type JsonSchema } from "../../schema/json_schema.ts";
import { plainSchema } from "../../schema/plain_schema.ts";
import { schemaMismatch } from "../../schema/schema_mismatch.ts";
import { withoutPatterns } from "../../schema/without_patterns.ts";

/** A function of a server, as it may be shown to a model. */
export interface McpFunction {
  /** The server's name of it. */
  name: string;
  description: string;
  inputSchema: JsonSchema;
  outputSchema?: JsonSchema | undefined;
}

/** Limits of what a server tells of one function. */
const MAX = { name: 128, description: 4_096, schema: 64 * 1024 } as const;

/**
 * Reads one item of `tools/list`
 * (https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool). What a server tells is
 * not trusted: names and schemas are bounded, a long description is cut, regular expressions are
 * taken out.
 *
 * @throws {Error} with why it cannot be used, without a text of the server's.
 */
export function readMcpFunction(item: unknown): McpFunction {
  const { description, title, inputSchema, outputSchema, execution } = asSchema(item);
  const name = nameOf(item)!;
  if (asSchema(execution).taskSupport === "required") {
    throw new Error("it can only be run as a task, which is not supported");
  }
  const told = [description, title].find((text) => typeof text === "string") ?? "";
  const output = outputSchema === undefined ? undefined : readSchema("output", outputSchema);
  return {
    name,
    description: told.slice(0, MAX.description),
    inputSchema: { type: "object", ...readSchema("input", inputSchema) },
    ...output && { outputSchema: output },
  };
}

/** The name of an item of `tools/list`; undefined where it has none that can be used. */
export function nameOf(item: unknown): string | undefined {
  const { name } = asSchema(item);
  const printable = typeof name === "string" && /^[^\p{C}"]+$/u.test(name);
  return printable && name.length <= MAX.name ? name : undefined;
}

/**
 * A function's name for models and for Genkit, both of which take the part after the last slash;
 * providers refuse all but letters, digits, `_` and `-`, and more than 64 of them.
 */
export function wireNameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
}

function readSchema(which: "input" | "output", schema: unknown): JsonSchema {
  if (JSON.stringify(schema ?? {}).length > MAX.schema) {
    throw new Error(`its ${which} schema is longer than ${MAX.schema} characters`);
  }
  const plain = plainSchema(withoutPatterns(asSchema(schema)));
  try {
    schemaMismatch({}, plain);
  } catch {
    // The validator's words may quote the schema.
    throw new Error(`its ${which} schema is not valid`);
  }
  return plain;
}
