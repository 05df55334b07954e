import type { Snapshot } from "./source.ts";

/**
 * Gives what is to be served of a source: its files of before, with a problem that says so, where it
 * has lost all its objects at once, which has more likely failed than been cleared; else `snapshot`.
 *
 * @param name The source's name.
 * @param last What it gave before, if anything.
 */
export function keepLast(
  name: string,
  snapshot: Snapshot,
  last: Snapshot | undefined,
): Snapshot {
  if (last === undefined || last.files.size === 0) return snapshot;
  const cleared = snapshot.files.size === 0 || holdsObjects(last) && !holdsObjects(snapshot);
  if (!cleared) return snapshot;
  const what = snapshot.files.size === 0 ? "is empty" : "holds no objects";
  const message = `it ${what} (revision "${snapshot.revision}"), so what it gave last stays ` +
    `(revision "${last.revision}"); set allowEmpty where it may be empty`;
  const { warnings = [] } = snapshot;
  const problems = [...snapshot.problems, { file: name, message }];
  return { ...last, problems, warnings };
}

/**
 * Tells whether some file has what looks like an object: others, such as package.json or a text of
 * comments alone, are no reason to take flows away.
 */
export function holdsObjects({ files, resources }: Snapshot): boolean {
  return files.entries().some(([path, text]) =>
    !resources?.has(path) && /^[^#\n]*\bapiVersion\b/m.test(text)
  );
}
