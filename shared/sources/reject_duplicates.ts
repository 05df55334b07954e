import { describeIdentity, objectIdentity } from "./object_identity.ts";
import type { ReadObjects, SourceObject } from "./read_objects.ts";

/**
 * Keeps the first object of each identity; each further one of the same source is a problem that
 * names both places, and one of another source a collision.
 * Only of our kinds and the core ones: others are passed over later, and often stand in a folder
 * more than once, as kustomize patches do.
 */
export function rejectDuplicates(
  objects: readonly SourceObject[],
  sourceOf: (file: string) => string,
): Omit<ReadObjects, "duplicates"> {
  const first = new Map<string, SourceObject>();
  const result: Omit<ReadObjects, "duplicates"> = { objects: [], problems: [], collisions: [] };
  for (const object of objects) {
    const identity = objectIdentity(object.value);
    const matters = identity?.group === "" || identity?.group === "genkit.dev";
    const key = JSON.stringify(identity);
    const other = matters ? first.get(key) : undefined;
    if (identity !== undefined && other !== undefined) {
      const { file, line, column } = object;
      const place = `${other.file}:${other.line}:${other.column}`;
      const what = describeIdentity(identity);
      if (sourceOf(file) === sourceOf(other.file)) {
        const message = `${what} is defined twice; the other is at ${place}`;
        result.problems.push({ file, line, column, message });
      } else {
        const message = `${what} is passed over; the one at ${place} goes before it`;
        result.collisions.push({ file, line, column, message });
      }
      continue;
    }
    if (matters) first.set(key, object);
    result.objects.push(object);
  }
  return result;
}
