import { showPath } from "../../shared/api/problem.ts";
import type { UnresolvedFlow } from "../../shared/flows/resolve.ts";
import type { ResolveProblem } from "../../shared/flows/resolve_problem.ts";
import type { Failure } from "../engine/controller.ts";

/** The object that was resolved. */
interface Owner {
  kind: string;
  metadata: { name: string };
}

/** Says for people why a flow cannot be served, objects by name. */
export function problemText({ object, path, message }: ResolveProblem): string {
  return `${object.kind} "${object.name}": ${showPath(path)}: ${message}`;
}

/**
 * Gives the failures of a server whose flows did not all resolve. What is wrong in the object itself
 * needs its edit; what is wrong elsewhere may be mended there. While other flows are well, nothing is
 * stalled: the bad ones are blocked, and the rest goes on.
 */
export function flowFailures(
  owner: Owner,
  unresolved: readonly UnresolvedFlow[],
  others: number,
): Failure[] {
  return unresolved.flatMap(({ name, problems }): Failure[] => {
    const texts = problems.map(problemText);
    if (others > 0) {
      const message = `flow "${name}" cannot be served: ${texts.join("; ")}`;
      return [{ failure: "blocked", reason: "FlowsNotReady", message }];
    }
    return problems.map((problem, index) => ({
      ...failureOf(owner, problem),
      message: texts[index]!,
    }));
  });
}

/** Tells what helps against what resolving `owner` found. */
export function failureOf(
  owner: Owner,
  { object, failure }: ResolveProblem,
): Pick<Failure, "failure" | "reason"> {
  if (failure === "blocked") return { failure, reason: "MissingDependency" };
  if (failure === "invalidDependency") return { failure: "blocked", reason: "InvalidDependency" };
  const own = object.kind === owner.kind && object.name === owner.metadata.name;
  return own
    ? { failure: "invalid", reason: "InvalidSpec" }
    : { failure: "blocked", reason: "InvalidDependency" };
}
