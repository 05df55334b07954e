import type { ObjectName } from "./object.ts";

/** Where the objects of a kind live in the Kubernetes API. */
export interface Resource {
  /** The API group; empty for the core group. */
  group: string;
  version: string;
  /** For example `"Deployment"`. */
  kind: string;
  /** The last part of the API path, for example `"deployments"`. */
  plural: string;
  namespaced: boolean;
}

/** The `apiVersion` of a resource's objects: `group/version`, or `version` in the core group. */
export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The path of a resource's collection, of the whole cluster where no namespace is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${encodeURIComponent(resource.group)}`;
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/** The path of one object, or of its subresource, such as `status`. */
export function objectPath(
  resource: Resource,
  { namespace, name }: ObjectName,
  subresource?: string,
): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
