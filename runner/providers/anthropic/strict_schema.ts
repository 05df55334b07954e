import { asSchema, type JsonSchema } from "../../schema/json_schema.ts";

/** Keywords that a strict schema keeps; of the others, only descriptions help the model. */
const KEPT = new Set(["type", "enum", "const", "description", "title", "required", "default"]);

/** The formats of texts that structured outputs know. */
const FORMATS = new Set([
  "date",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "time",
  "uri",
  "uuid",
]);

/** Keywords that only narrow what fits: without them the model is free to stray, and is checked. */
const NARROWING = new Set([
  "deprecated",
  "examples",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "maxItems",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minimum",
  "multipleOf",
  "pattern",
  "readOnly",
  "uniqueItems",
  "writeOnly",
  "$comment",
]);

/**
 * Brings a schema into the form that Claude's structured outputs take: every object is closed, and
 * limits of numbers, texts and lists are left out
 * (https://platform.claude.com/docs/en/build-with-claude/structured-outputs, "JSON Schema
 * limitations"). Undefined where it cannot be said so: open objects, references, or a root that is
 * no object.
 */
export function strictSchema(schema: unknown): JsonSchema | undefined {
  try {
    const strict = strictOf(asSchema(schema));
    return strict.type === "object" ? strict : undefined;
  } catch (error) {
    if (error instanceof NotStrict) return undefined;
    throw error;
  }
}

class NotStrict extends Error {}

function strictOf(schema: JsonSchema): JsonSchema {
  const strict: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (KEPT.has(key)) strict[key] = value;
    else if (key === "properties") {
      strict.properties = Object.fromEntries(
        Object.entries(asSchema(value)).map(([name, inner]) => [name, strictOf(asSchema(inner))]),
      );
    } else if (key === "items" && !Array.isArray(value)) strict.items = strictOf(asSchema(value));
    else if (key === "anyOf" && Array.isArray(value)) {
      strict.anyOf = value.map((inner) => strictOf(asSchema(inner)));
    } else if (key === "format" && FORMATS.has(String(value))) strict.format = value;
    else if (key === "additionalProperties" ? value === false || value === true : false) continue;
    else if (!NARROWING.has(key)) throw new NotStrict();
  }
  const types = [strict.type].flat();
  if (types.includes("object")) {
    // An object that names no field is a map, which cannot be closed.
    if (Object.keys(asSchema(strict.properties)).length === 0) throw new NotStrict();
    strict.additionalProperties = false;
  } else if (strict.type === undefined && !strict.enum && !strict.anyOf && !("const" in strict)) {
    throw new NotStrict();
  }
  return strict;
}
