import type { ResolveProblem } from "../../shared/flows/resolve_problem.ts";
import type { Failure } from "../engine/controller.ts";
import { failureOf, problemText } from "./resolve_failure.ts";

/** An object that others refer to. */
interface Referable {
  kind: string;
  metadata: { name: string };
}

/** Gives what resolving an object found as failures: its own faults, and those of what it names. */
export function referableFailures(
  object: Referable,
  problems: readonly ResolveProblem[],
): Failure[] {
  return problems.map((problem) => ({
    ...failureOf(object, problem),
    message: problemText(problem),
  }));
}
