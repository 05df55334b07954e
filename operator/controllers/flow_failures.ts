import type { UnresolvedFlow } from "../../shared/flows/resolve.ts";
import type { Failure } from "../engine/controller.ts";
import { failureOf, type Owner, problemText } from "./resolve_failure.ts";

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
