import { asSchema } from "../../schema/json_schema.ts";

/** What a strict schema may be made of, beside `type`. */
const KEYWORDS = new Set([
  "$defs",
  "$ref",
  "additionalProperties",
  "anyOf",
  "const",
  "description",
  "enum",
  "items",
  "properties",
  "required",
  "title",
  "type",
]);

/**
 * Tells whether a schema is one that OpenAI keeps to strictly: each object requires all of its
 * properties and allows no other, and only common keywords are used
 * (https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas"). Asked for
 * strictly, any other is refused, so it is asked for loosely; Genkit checks the answer anyway.
 */
export function isStrictSchema(schema: Record<string, unknown>): boolean {
  const { properties, required, additionalProperties, items, anyOf, $defs, $schema: _, ...rest } =
    schema;
  if (!Object.keys(rest).every((keyword) => KEYWORDS.has(keyword))) return false;
  const isObject = [schema.type].flat().includes("object") || properties !== undefined;
  if (isObject) {
    const names = Object.keys(asSchema(properties));
    const needed = new Set(Array.isArray(required) ? required : []);
    if (additionalProperties !== false || names.some((name) => !needed.has(name))) return false;
  }
  const inner = [
    ...Object.values(asSchema(properties)),
    ...Object.values(asSchema($defs)),
    ...Array.isArray(anyOf) ? anyOf : [],
    ...items === undefined ? [] : [items],
  ];
  return inner.every((schema) =>
    typeof schema === "object" && schema !== null && Object.keys(schema).length > 0 &&
    isStrictSchema(asSchema(schema))
  );
}
