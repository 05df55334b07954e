import { asSchema, type JsonSchema } from "./json_schema.ts";

/** Keywords of which less is allowed where the schema inside says less. */
const OPPOSITE = new Set(["if", "not", "then", "else"]);

/**
 * Takes the regular expressions out of a schema that somebody else wrote: one of them and a value
 * made for it can keep a process busy for ever. What is left allows at least what the whole allowed:
 * where it could allow less, it is left out as well.
 */
export function withoutPatterns(schema: JsonSchema): JsonSchema {
  return hasPattern(schema) ? reduced(schema) : schema;
}

function reduced(schema: JsonSchema): JsonSchema {
  const kept: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "pattern" || key === "patternProperties") continue;
    if (key === "additionalProperties" && "patternProperties" in schema) continue;
    if (OPPOSITE.has(key) && hasPattern({ if: schema.if, not: schema.not })) continue;
    // More than one branch may fit now.
    const name = key === "oneOf" && hasPattern(value) ? "anyOf" : key;
    if (name === "anyOf" && name !== key && "anyOf" in schema) continue;
    if (key === "format" && value === "regex") continue;
    kept[name] = NAMED.has(key)
      ? Object.fromEntries(
        Object.entries(asSchema(value)).map(([name, inner]) => [name, reducedValue(inner)]),
      )
      : VALUES.has(key)
      ? value
      : reducedValue(value);
  }
  return kept;
}

/** Keywords whose values are schemas by name, so that a field may be called `pattern`. */
const NAMED = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "properties",
]);
/** Keywords whose values are no schemas. */
const VALUES = new Set(["const", "default", "enum", "examples", "required", "dependentRequired"]);

function reducedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reducedValue);
  return typeof value === "object" && value !== null ? reduced(asSchema(value)) : value;
}

function hasPattern(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasPattern);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (VALUES.has(key)) return false;
    if (NAMED.has(key)) return Object.values(asSchema(inner)).some(hasPattern);
    return key === "pattern" || key === "patternProperties" || hasPattern(inner);
  });
}
