/** A JSON Schema, or any part of one. */
export type JsonSchema = Record<string, unknown>;

/** Gives `value` where it can be a schema, else the schema that allows everything. */
export function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonSchema
    : {};
}

/** Follows a `$ref` within the document `root` (`#/$defs/x`); undefined where it leads nowhere. */
export function resolveRef(ref: unknown, root: JsonSchema): JsonSchema | undefined {
  if (typeof ref !== "string" || !ref.startsWith("#")) return undefined;
  let value: unknown = root;
  for (const part of ref.slice(1).split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return asSchema(value);
}
