import type { CustomKind } from "../../shared/api/kind.ts";
import { apiVersionOf } from "../../shared/api/kind.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";

/** The cluster that is looked at, and how much of it. */
export interface ExaminedCluster {
  client: Pick<Client, "get" | "list" | "create">;
  /** The version that the API server gives, for example `"v1.35.4"`. */
  version(): Promise<string>;
  /** The one namespace that matters; all where it is absent. */
  namespace: string | undefined;
  /** Where genkit-operator 0.5.0 runs. */
  legacyNamespace: string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Reads all objects of genkit.dev. A kind whose CRD is not there has none. */
export async function readObjects(
  { client, namespace }: Pick<ExaminedCluster, "client" | "namespace">,
): Promise<KubernetesObject[]> {
  const read = async (kind: CustomKind) => {
    try {
      const { items } = await client.list(kind, { namespace });
      return items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return [];
      throw error;
    }
  };
  return (await Promise.all(Object.values(customKinds).map(read))).flat();
}

/** An object as people name it: `Flow "demo/greeter"`. */
export function showObject({ kind, metadata }: KubernetesObject): string {
  return `${kind} "${metadata.namespace}/${metadata.name}"`;
}
