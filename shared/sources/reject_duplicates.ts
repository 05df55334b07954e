import { describeIdentity, objectIdentity } from "./object_identity.ts";
import type { ReadObjects, SourceObject } from "./read_objects.ts";

/**
 * Keeps the first object of each identity; each further one is a problem that names both places.
 * Only of our kinds and the core ones: others are passed over later, and often stand in a folder
 * more than once, as kustomize patches do.
 */
export function rejectDuplicates(objects: readonly SourceObject[]): ReadObjects {
  const first = new Map<string, SourceObject>();
  const result: ReadObjects = { objects: [], problems: [] };
  for (const object of objects) {
    const identity = objectIdentity(object.value);
    const matters = identity?.group === "" || identity?.group === "genkit.dev";
    const key = JSON.stringify(identity);
    const other = matters ? first.get(key) : undefined;
    if (identity !== undefined && other !== undefined) {
      const message = `${describeIdentity(identity)} is defined twice; ` +
        `the other is at ${other.file}:${other.line}:${other.column}`;
      const { file, line, column } = object;
      result.problems.push({ file, line, column, message });
      continue;
    }
    if (matters) first.set(key, object);
    result.objects.push(object);
  }
  return result;
}
