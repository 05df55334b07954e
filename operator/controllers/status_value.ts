/**
 * Gives a value of somebody else's as a status can hold it: without the nulls of objects, which in
 * a merge patch mean "remove" and would be written again each time, and with numbers that JSON does
 * not know (`.nan` and `.inf` in YAML) as texts.
 */
export function statusValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(statusValue);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) =>
    inner !== null && inner !== undefined
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, statusValue(inner)]));
}
