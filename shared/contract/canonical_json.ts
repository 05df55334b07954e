/** JSON whose text does not depend on the order in which an object's keys were set. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => isPlainObject(inner) ? sorted(inner) : inner, 2) +
    "\n";
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1));
}
