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
const LIST = new Set(["allOf", "anyOf", "oneOf", "items"]);
const BY_NAME = new Set([
  "$defs",
  "definitions",
  "dependencies",
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
 * it takes a second schema with the same `$id`, of another flow, for a mistake. It knows draft 7, in
 * whose words newer keywords are said.
 */
export function plainSchema(schema: JsonSchema): JsonSchema {
  const plain: JsonSchema = {};
  for (const [key, value] of Object.entries(inDraft7(schema))) {
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

/**
 * Says in the words of draft 7 what later drafts have renamed
 * (https://json-schema.org/draft/2020-12/release-notes, https://json-schema.org/draft/2019-09/release-notes),
 * and leaves out a `nullable` without a type, which the validator refuses.
 */
function inDraft7(schema: JsonSchema): JsonSchema {
  const { prefixItems, items, dependentRequired, dependentSchemas, nullable, ...same } = schema;
  const required = asSchema(dependentRequired);
  const dependencies = { ...asSchema(same.dependencies), ...required };
  for (const [name, inner] of Object.entries(asSchema(dependentSchemas))) {
    const names = required[name];
    dependencies[name] = names === undefined ? inner : { allOf: [inner, { required: names }] };
  }
  const isTuple = Array.isArray(prefixItems);
  return {
    ...same,
    ...Object.keys(dependencies).length > 0 && { dependencies },
    ...isTuple && { items: prefixItems, ...items !== undefined && { additionalItems: items } },
    ...!isTuple && items !== undefined && { items },
    ...nullable !== undefined && same.type !== undefined && { nullable },
  };
}
