import type { Problem } from "../api/problem.ts";
import type { ResolveProblem } from "../flows/resolve_problem.ts";
import type { SourceProblem } from "../sources/source_problem.ts";
import type { LintLevel, LintRule } from "./lint_rules.ts";

/** A finding at a field of an object. */
export interface ObjectFinding extends Problem {
  rule: LintRule;
  object: ResolveProblem["object"];
  /** The line of the text at `path`, from 1, where the finding is in a line of it. */
  textLine?: number;
}

/** A finding at its place in a file. */
export interface LintFinding extends SourceProblem {
  rule: LintRule;
  level: LintLevel;
}
