import { asObject } from "./as_object.ts";

const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];

/** Says which `type` of a JSON Schema is none; undefined where all are. */
export function schemaTypeFault(schema: unknown, depth = 0): string | undefined {
  if (typeof schema !== "object" || schema === null || depth > 32) return undefined;
  const { type, properties, items, additionalProperties } = schema as Record<string, unknown>;
  for (const one of Array.isArray(type) ? type : type === undefined ? [] : [type]) {
    if (!TYPES.includes(String(one))) {
      return `a type is ${JSON.stringify(one)}, should be one of ${TYPES.join(", ")}`;
    }
  }
  for (const inner of [...Object.values(asObject(properties)), items, additionalProperties]) {
    const fault = schemaTypeFault(inner, depth + 1);
    if (fault !== undefined) return fault;
  }
}
