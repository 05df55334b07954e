import { contentHash } from "../content_hash.ts";
import type { Snapshot } from "./source.ts";
import type { SourceProblem } from "./source_problem.ts";

/** A snapshot of one of several sources. */
export interface NamedSnapshot {
  /** The source's name. */
  name: string;
  /** Whether the files are on this machine, where their paths alone say where they are. */
  local: boolean;
  snapshot: Snapshot;
}

/** The files of several sources at one moment, those of the sources that go first before others. */
export interface MergedSnapshot extends Snapshot {
  /** The revision of each source, by its name. */
  revisions: ReadonlyMap<string, string>;
  /** The name of the source of each of `files`. */
  sources: ReadonlyMap<string, string>;
  /** Files that an earlier source has as well, under the same path; that one's are taken. */
  collisions: readonly SourceProblem[];
}

/**
 * Joins the snapshots of sources: of a path that several have, the file of the first is taken. Local
 * files go before all others; else the order is as given. A file that is not local is called
 * `source//path`.
 */
export async function mergeSnapshots(parts: readonly NamedSnapshot[]): Promise<MergedSnapshot> {
  const ordered = [...parts.filter(({ local }) => local), ...parts.filter(({ local }) => !local)];
  const files = new Map<string, string>();
  const sources = new Map<string, string>();
  const resources = new Set<string>();
  const takenBy = new Map<string, { name: string; path: string }>();
  const collisions: SourceProblem[] = [];
  const problems: SourceProblem[] = [];
  const warnings: SourceProblem[] = [];
  for (const { name, local, snapshot } of ordered) {
    const called = (path: string) => local || path === name ? path : `${name}//${path}`;
    const place = (problem: SourceProblem) => ({ ...problem, file: called(problem.file) });
    problems.push(...snapshot.problems.map(place));
    warnings.push(...(snapshot.warnings ?? []).map(place));
    // A file that cannot be read now still holds its place.
    for (const { file } of snapshot.problems) {
      if (file !== name && !takenBy.has(file)) takenBy.set(file, { name, path: called(file) });
    }
    for (const [path, text] of snapshot.files) {
      const other = takenBy.get(path);
      if (other !== undefined && other.name !== name) {
        const message = `the file is passed over; ${other.path} goes before it`;
        collisions.push({ file: called(path), message });
        continue;
      }
      takenBy.set(path, { name, path: called(path) });
      files.set(called(path), text);
      if (snapshot.resources?.has(path)) resources.add(called(path));
      sources.set(called(path), name);
    }
  }
  return {
    revision: await contentHash(files),
    revisions: new Map(ordered.map(({ name, snapshot }) => [name, snapshot.revision])),
    files,
    ...resources.size > 0 && { resources },
    sources,
    problems,
    warnings,
    collisions,
  };
}
