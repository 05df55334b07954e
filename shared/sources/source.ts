import type { SourceProblem } from "./source_problem.ts";

/** All files of a source at one moment. */
export interface Snapshot {
  /**
   * Names what the files hold: the same revision means the same files. A hash over paths and texts,
   * or what the source calls its versions, e.g. `main@sha1:3f1c…`. Empty while nothing could be had.
   */
  revision: string;
  /** Path as the user would write it, to text; sorted by path. */
  files: ReadonlyMap<string, string>;
  /** Which of `files` are resources, which objects refer to; the others hold objects. */
  resources?: ReadonlySet<string>;
  /** Files that could not be read; they are not among `files`. And why the source is not current. */
  problems: readonly SourceProblem[];
  /** What was passed over and may be missed, such as a submodule. */
  warnings?: readonly SourceProblem[];
}

/** How a source stands, for `GET /sources`, logs and status. Times are of the wall clock. */
export interface SourceStatus {
  /** The source's name. */
  name: string;
  /** The revision of the files that it gave last; absent before the first. */
  revision?: string;
  /** When the source was last found to be readable, changed or not. */
  lastSuccess?: Date;
  /** The last failure since the last success; absent while all is well. */
  lastError?: { at: Date; message: string };
  /** When the source is asked next; absent where it tells of changes by itself, or is being asked. */
  nextPoll?: Date;
}

/** Where objects come from: a file system, a Git repository, an OCI artifact. */
export interface Source {
  /** What it is called in messages; no two sources of one process share it. Holds no credentials. */
  readonly name: string;
  /**
   * Gives a snapshot at once, then one for each change. Ends when the source can no longer change,
   * or when `signal` is aborted; that is no error. While the source cannot be read after that, the
   * last files stay, and the reason is among the problems of a snapshot.
   *
   * @throws {Error} where the first snapshot cannot be had, unless the source was told to go on.
   */
  snapshots(signal: AbortSignal): AsyncIterable<Snapshot>;
  /** Tells how the source stands now. */
  status(): SourceStatus;
}
