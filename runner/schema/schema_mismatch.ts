import { validateSchema } from "genkit/schema";
import { suggestion } from "../../shared/nearest.ts";
import { asSchema, type JsonSchema, resolveRef } from "./json_schema.ts";

/**
 * Checks a value against a schema. Gives where it differs and what should be there, in words for
 * the one who sent it (`at "name": it must be string`); undefined where it fits. Neither the value
 * nor the schema is quoted beyond names and allowed words.
 *
 * @throws {Error} where the schema itself is not valid.
 */
export function schemaMismatch(value: unknown, schema: JsonSchema): string | undefined {
  const result = validateSchema(value, { jsonSchema: schema });
  if (result.valid) return undefined;
  const { path, message } = result.errors?.[0] ?? { path: "(root)", message: "must be valid" };
  const keys = path === "(root)" ? [] : path.split(".");
  const at = keys.length === 0 ? "" : `at "${path}": `;
  return `${at}it ${explain(message, descend(schema, schema, keys), valueAt(value, keys))}`;
}

/** Adds to the validator's words the names that they leave out. */
function explain(message: string, schema: JsonSchema, value: unknown): string {
  if (message.includes("allowed values") && Array.isArray(schema.enum)) {
    return `must be one of ${schema.enum.map((word) => JSON.stringify(word)).join(", ")}`;
  }
  if (message.includes("equal to constant")) return `must be ${JSON.stringify(schema.const)}`;
  if (message.includes("additional properties")) {
    const known = Object.keys(asSchema(schema.properties));
    const unknown = Object.keys(asSchema(value)).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      return `must not have "${unknown}"${suggestion(unknown, known)}; it may have ${
        known.map((key) => `"${key}"`).join(", ") || "nothing"
      }`;
    }
  }
  return message.replace(/'/g, '"').replace("must have required property", "must have");
}

/** The schema of what stands at `keys`; an empty one where it cannot be told. */
function descend(schema: JsonSchema, root: JsonSchema, keys: readonly string[]): JsonSchema {
  const here = resolveRef(schema.$ref, root) ?? schema;
  const [key, ...rest] = keys;
  if (key === undefined) return here;
  const property = asSchema(here.properties)[key] ?? here.items ?? here.additionalProperties;
  return descend(asSchema(property), root, rest);
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as JsonSchema | undefined)?.[key], value);
}
