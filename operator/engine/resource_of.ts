import { customKinds } from "../../shared/api/kinds.ts";
import type { Resource } from "../kubernetes/resource.ts";
import { resources } from "../kubernetes/resources.ts";

const known: Readonly<Record<string, Resource>> = { ...resources, ...customKinds };

/** Gives the resource of a kind that the operator knows; their kinds' names are all different. */
export function resourceOf(kind: string): Resource {
  const resource = known[kind];
  if (resource === undefined) throw new Error(`The operator knows no kind "${kind}"`);
  return resource;
}
