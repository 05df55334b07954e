import { asSchema, type JsonSchema } from "./json_schema.ts";

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = new Set([
  "additionalItems",
  "additionalProperties",
  "contains",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
]);
const LIST = new Set(["allOf", "anyOf", "oneOf", "items", "prefixItems"]);
const BY_NAME = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);

/** Further keywords of JSON Schema that Genkit's validator knows. */
const KNOWN = new Set([
  "$comment",
  "$ref",
  "const",
  "contentEncoding",
  "contentMediaType",
  "default",
  "dependentRequired",
  "deprecated",
  "description",
  "enum",
  "examples",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "nullable",
  "pattern",
  "readOnly",
  "required",
  "title",
  "type",
  "uniqueItems",
  "writeOnly",
]);

const FORMATS = new Set([
  "date",
  "date-time",
  "duration",
  "email",
  "hostname",
  "int32",
  "int64",
  "ipv4",
  "ipv6",
  "json-pointer",
  "regex",
  "time",
  "uri",
  "uri-reference",
  "uri-template",
  "url",
  "uuid",
]);

/**
 * Reduces a schema to what Genkit's validator accepts. JSON Schema says that unknown keywords are
 * ignored; that validator refuses them (`example`, say, or a `format` that it does not know), and
 * it takes a second schema with the same `$id`, of another flow, for a mistake.
 */
export function plainSchema(schema: JsonSchema): JsonSchema {
  const plain: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (LIST.has(key) && Array.isArray(value)) plain[key] = value.map(plainValue);
    else if (ONE.has(key)) plain[key] = plainValue(value);
    else if (BY_NAME.has(key)) {
      const entries = Object.entries(asSchema(value));
      plain[key] = Object.fromEntries(entries.map(([name, inner]) => [name, plainValue(inner)]));
    } else if (key === "format" ? FORMATS.has(String(value)) : KNOWN.has(key)) plain[key] = value;
  }
  return plain;
}

/** Where a schema may stand, `true`, `false` and (in `dependencies`) a list of names may as well. */
function plainValue(value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? plainSchema(asSchema(value))
    : value;
}
