import type { Problem } from "../api/problem.ts";

/** One thing that stands in the way of a flow, at the object and field where it can be mended. */
export interface ResolveProblem extends Problem {
  object: { kind: string; namespace: string; name: string };
  /**
   * `invalid`: only an edit of this object helps. `blocked`: an object that it names is missing, and
   * its appearance helps as well. `invalidDependency`: an object that it names does not fit its kind,
   * and an edit of that one helps as well.
   */
  failure: "invalid" | "blocked" | "invalidDependency";
  /** The line of the text at `path`, from 1, where the problem is in a line of it. */
  textLine?: number;
}
