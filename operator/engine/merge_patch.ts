/** A JSON object. */
type JsonObject = Record<string, unknown>;

/**
 * Gives the JSON merge patch (RFC 7386) that turns `before` into an object with all of `wanted`:
 * fields that `wanted` lacks stay as they are, null removes one. Undefined where nothing differs.
 */
export function mergePatch(before: JsonObject, wanted: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const old = before[key];
    if (value === null) {
      if (old !== undefined) patch[key] = null;
    } else if (!equal(old, value)) {
      patch[key] = isObject(old) && isObject(value) ? replace(old, value) : value;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** A merge patch that turns an object into another one, its removed fields too. */
function replace(before: JsonObject, after: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) if (after[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (value === undefined || equal(old, value)) continue;
    patch[key] = isObject(old) && isObject(value) ? replace(old, value) : value;
  }
  return patch;
}

/** Whether two JSON values are the same, whatever the order of their objects' keys. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => equal(value, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = (object: JsonObject) =>
    Object.keys(object).filter((key) => object[key] !== undefined);
  return keys(a).length === keys(b).length && keys(a).every((key) => equal(a[key], b[key]));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
