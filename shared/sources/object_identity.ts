/** What tells an object from all others in a cluster. */
export interface ObjectIdentity {
  /** Empty for the core kinds. An object is the same in every version of its group. */
  group: string;
  kind: string;
  namespace: string;
  name: string;
}

/**
 * Gives the identity of a Kubernetes object, in namespace "default" where it says none; undefined
 * where it has no apiVersion, kind or name.
 */
export function objectIdentity(value: unknown): ObjectIdentity | undefined {
  const { apiVersion, kind, metadata } = asRecord(value);
  const { namespace, name } = asRecord(metadata);
  if (typeof apiVersion !== "string" || typeof kind !== "string") return;
  if (typeof name !== "string" || name === "") return;
  return {
    group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
    kind,
    namespace: typeof namespace === "string" && namespace !== "" ? namespace : "default",
    name,
  };
}

/** Names an object in a message: `FlowSet "demo/assistants"`. */
export function describeIdentity({ kind, namespace, name }: ObjectIdentity): string {
  return `${kind} "${namespace}/${name}"`;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
