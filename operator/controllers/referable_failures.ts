import type { ResolveProblem } from "../../shared/flows/resolve_problem.ts";
import type { Desired, Failure } from "../engine/controller.ts";
import { problemText } from "./flow_failures.ts";

/** An object that others refer to. */
interface Referable {
  kind: string;
  metadata: { name: string };
}

/** Gives what resolving an object found as failures: its own faults, and those of what it names. */
export function referableFailures(
  { kind, metadata }: Referable,
  problems: readonly ResolveProblem[],
): Failure[] {
  return problems.map((problem): Failure => {
    const { object, failure } = problem;
    const message = problemText(problem);
    if (failure === "blocked") return { failure, reason: "MissingDependency", message };
    return object.kind === kind && object.name === metadata.name
      ? { failure, reason: "InvalidSpec", message }
      : { failure: "blocked", reason: "InvalidDependency", message };
  });
}

/** What is wanted of an object that has no children. */
export function accepted(
  message: string,
  failures: Failure[],
  status: Desired["status"] = {},
): Desired {
  return { children: [], status, failures, ready: { reason: "Accepted", message } };
}
