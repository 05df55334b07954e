import type { SourceProblem } from "./source_problem.ts";

/** All files of a source at one moment. */
export interface Snapshot {
  /** SHA-256 (64 hex digits) over the files' paths and texts, whatever their order. */
  revision: string;
  /** Path as the user would write it, to text; sorted by path. */
  files: ReadonlyMap<string, string>;
  /** Files that could not be read; they are not among `files`. */
  problems: readonly SourceProblem[];
}

/** Where objects come from: a file system, a Git repository, an OCI artifact. */
export interface Source {
  /**
   * Gives a snapshot at once, then one for each change. Ends when the source can no longer change,
   * or when `signal` is aborted; that is no error.
   *
   * @throws {Error} where the first snapshot cannot be had. Later failures are problems of a snapshot.
   */
  snapshots(signal: AbortSignal): AsyncIterable<Snapshot>;
}
