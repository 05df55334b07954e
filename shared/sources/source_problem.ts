/** Something wrong in a file, with its place in words that a person can act on. */
export interface SourceProblem {
  /** The path as in {@linkcode Snapshot.files}. */
  file: string;
  /** Counted from 1. Absent where the problem is the file itself. */
  line?: number;
  /** Counted from 1, in UTF-16 code units. */
  column?: number;
  /** Says what is and what should be; without a period. Holds no text of a Secret. */
  message: string;
}
