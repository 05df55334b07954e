/** The most fields that are told of one object. */
const MAX_FIELDS = 50;

/**
 * Gives the paths at which two JSON values differ, such as `spec.flows[1].name`, at most 50. Lists of
 * different lengths differ as a whole.
 */
export function changedFields(before: unknown, after: unknown, path = ""): string[] {
  const paths: string[] = [];
  compare(before, after, path, paths);
  return paths.slice(0, MAX_FIELDS);
}

function compare(before: unknown, after: unknown, path: string, paths: string[]): void {
  if (before === after || paths.length >= MAX_FIELDS) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((value, index) => compare(value, after[index], `${path}[${index}]`, paths));
  } else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[key], after[key], path === "" ? key : `${path}.${key}`, paths);
    }
  } else paths.push(path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
