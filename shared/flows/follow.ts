import { type Problem, showProblems } from "../api/problem.ts";
import { suggestion } from "../nearest.ts";
import type { Lookup, Referable } from "./lookup.ts";
import type { FlowPlace } from "./resolve.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** An object that holds references, with its namespace. */
export interface Referrer {
  kind: string;
  metadata: { name: string; namespace?: string | undefined };
}

/** Makes a problem of an object. */
export function problemOf(
  object: Referrer,
  namespace: string,
  path: Problem["path"],
  message: string,
  failure: ResolveProblem["failure"] = "invalid",
): ResolveProblem {
  const { kind, metadata: { name } } = object;
  return { object: { kind, namespace, name }, path, message, failure };
}

/**
 * Gives the object that a reference of `referrer` names. Where there is none, `problems` gets one
 * that names the nearest that exists; where it does not fit its kind, one that says why.
 */
export function follow<K extends keyof Referable>(
  { kind, name, referrer, path, place, lookup, problems }: {
    kind: K;
    name: string;
    referrer: Referrer;
    /** The reference's place in `referrer`. */
    path: Problem["path"];
    place: FlowPlace;
    lookup: Lookup;
    problems: ResolveProblem[];
  },
): Referable[K] | undefined {
  const { namespace } = place;
  if (name === "") {
    problems.push(problemOf(referrer, namespace, path, `names no ${kind}: its name is empty`));
    return undefined;
  }
  const found = lookup.find(kind, namespace, name);
  if (found.outcome === "found") return found.object;
  if (found.outcome === "invalid") {
    const message = `${kind} "${name}" is not valid: ${showProblems(found.problems)}`;
    problems.push(problemOf(referrer, namespace, path, message, "invalidDependency"));
    return undefined;
  }
  const message = `${kind} "${name}" is not found in namespace "${namespace}"` +
    suggestion(name, lookup.names(kind, namespace));
  problems.push(problemOf(referrer, namespace, path, message, "blocked"));
  return undefined;
}
