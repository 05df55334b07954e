import type { CustomObject } from "../../shared/api/kinds.ts";
import { parseObject } from "../../shared/api/parse_object.ts";
import { type Problem, showPath } from "../../shared/api/problem.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";

const problemsOf = new WeakMap<KubernetesObject, Problem[]>();

/**
 * Checks an object of one of genkitd's own kinds as it comes from the API server: gives it with its
 * defaults, and without the fields that nobody reads. One that does not fit its kind (it may be older
 * than a rule) is given as it is, and {@linkcode objectProblems} tells what is wrong.
 */
export function parsedObject(object: KubernetesObject): KubernetesObject {
  // The status is ours or 0.5.0's; nothing in it makes the object unusable.
  const { status, ...rest } = object;
  const result = parseObject(rest);
  if (result.outcome === "parsed") {
    const parsed = result.object as unknown as KubernetesObject;
    const { managedFields: _, ...metadata } = parsed.metadata;
    return { ...parsed, metadata, ...status !== undefined && { status } };
  }
  const { managedFields: _, ...metadata } = object.metadata;
  const kept = { ...object, metadata };
  const problems = result.outcome === "invalid"
    ? result.problems
    : [{ path: ["apiVersion"], message: `is "${object.apiVersion}", which is not known` }];
  problemsOf.set(kept, problems);
  return kept;
}

/** What is wrong with an object, for people; empty where nothing is. */
export function objectProblems(object: KubernetesObject): string[] {
  return (problemsOf.get(object) ?? []).map(({ path, message }) => `${showPath(path)}: ${message}`);
}

/** Gives an object as one of its kind, or undefined where it does not fit its kind. */
export function validObject(object: KubernetesObject): CustomObject | undefined {
  return problemsOf.has(object) ? undefined : object as unknown as CustomObject;
}
