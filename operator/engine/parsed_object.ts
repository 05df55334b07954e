import type { CustomObject } from "../../shared/api/kinds.ts";
import { parseObject } from "../../shared/api/parse_object.ts";
import type { Problem } from "../../shared/api/problem.ts";
import type { Found } from "../../shared/flows/lookup.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";

const problemsOf = new WeakMap<KubernetesObject, Problem[]>();

/**
 * Checks an object of one of genkitd's own kinds as it comes from the API server: gives it with its
 * defaults, and without the fields that nobody reads. One that does not fit its kind (it may be older
 * than a rule) is given as it is, and {@linkcode foundObject} tells what is wrong.
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

/** Gives an object that {@linkcode parsedObject} made as one of its kind, or what is wrong with it. */
export function foundObject(
  object: KubernetesObject,
): Exclude<Found<CustomObject>, { outcome: "missing" }>;
export function foundObject(object: KubernetesObject | undefined): Found<CustomObject>;
export function foundObject(object: KubernetesObject | undefined): Found<CustomObject> {
  if (object === undefined) return { outcome: "missing" };
  const problems = problemsOf.get(object);
  if (problems !== undefined) return { outcome: "invalid", problems };
  return { outcome: "found", object: object as unknown as CustomObject };
}
