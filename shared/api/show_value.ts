const LONGEST_TEXT = 80;

/** Names a value of an object in a message: `"abc"`, `the number 3`, `a list`, `an object`. */
export function showValue(value: unknown): string {
  if (typeof value === "string") {
    return value.length > LONGEST_TEXT
      ? `${JSON.stringify(value.slice(0, LONGEST_TEXT))}… (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `the ${typeof value} ${value}`;
}
