import { showPath } from "../../shared/api/problem.ts";
import type { ResolveProblem } from "../../shared/flows/resolve_problem.ts";
import type { Failure } from "../engine/controller.ts";

/** The object that was resolved. */
export interface Owner {
  kind: string;
  metadata: { name: string };
}

/** Says for people why a flow cannot be served, objects by name. */
export function problemText({ object, path, message }: ResolveProblem): string {
  return `${object.kind} "${object.name}": ${showPath(path)}: ${message}`;
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
