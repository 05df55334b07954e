import type { Condition } from "../../shared/api/condition.ts";
import type { ConfigMap } from "../../shared/api/config_map.ts";
import type { CustomObject, KnownObject } from "../../shared/api/kinds.ts";
import type { Secret } from "../../shared/api/secret.ts";
import { systemClock } from "../../shared/clock.ts";
import { ObjectSet } from "../../shared/flows/object_set.ts";
import { DEFAULT_NAMESPACE } from "../../shared/flows/resolve.ts";
import { type InvalidObject, LintScope } from "../../shared/lint/lint_scope.ts";
import { referencesOf } from "../../shared/lint/references.ts";
import { VERSION } from "../../shared/version.ts";
import { foundObject, parsedObject } from "../engine/parsed_object.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import { loadClusterAccess } from "../kubernetes/cluster_access.ts";
import type { Client } from "../kubernetes/client.ts";
import { HttpClient } from "../kubernetes/http_client.ts";
import { resources } from "../kubernetes/resources.ts";
import { Transport } from "../kubernetes/transport.ts";
import { readObjects } from "../preflight/examined_cluster.ts";
import { digest } from "./digest.ts";

/** The objects of one namespace of a cluster. */
export interface ClusterObjects {
  namespace: string;
  /** Secrets are in it by their keys, without any value. */
  scope: LintScope;
  /** A digest of each value of a Secret, by `name/key`, to tell whether it changes. */
  secretHashes: ReadonlyMap<string, string>;
  /** Whether a Secret that is not in the scope is not there, or may not be read. */
  secretState(name: string): "missing" | "unknown";
  ready(kind: string, name: string): Pick<Condition, "status" | "reason" | "message"> | undefined;
}

/** The most Secrets that are looked at. */
const MAX_SECRETS = 500;

/**
 * Reads the objects of a namespace, and the keys of the Secrets that they name. It changes nothing;
 * Secrets are read one by one by name, and those that may not be read are unknown.
 *
 * @param also Names of Secrets and ConfigMaps that are looked at besides.
 */
export async function readCluster(
  client: Pick<Client, "get" | "list">,
  namespace: string,
  also: { secrets?: readonly string[]; configMaps?: readonly string[] } = {},
): Promise<ClusterObjects> {
  const set = new ObjectSet();
  const invalid: InvalidObject[] = [];
  const conditions = new Map<string, Condition>();
  for (
    const item of await readObjects({ client, namespace } as Parameters<typeof readObjects>[0])
  ) {
    const { kind, metadata: { name }, status } = item;
    const ready = (status as { conditions?: Condition[] } | undefined)?.conditions
      ?.find(({ type }) => type === "Ready");
    if (ready !== undefined) conditions.set(`${kind}/${name}`, ready);
    const found = foundObject(parsedObject(item));
    if (found.outcome === "found") add(set, found.object);
    else invalid.push({ kind, namespace, name, problems: found.problems });
  }
  const secrets = [
    ...new Set([
      ...also.secrets ?? [],
      ...set.all.flatMap(referencesOf).filter(({ kind }) => kind === "Secret")
        .map(({ name }) => name),
    ]),
  ].slice(0, MAX_SECRETS);
  const states = new Map<string, "missing" | "unknown">();
  const secretHashes = new Map<string, string>();
  for (const name of secrets) {
    const secret = await readSecret(client, namespace, name);
    if (typeof secret === "string") {
      states.set(name, secret);
      continue;
    }
    const keys = Object.keys(secret.data ?? {});
    for (const key of keys) secretHashes.set(`${name}/${key}`, await digest(secret.data![key]!));
    add(set, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      data: Object.fromEntries(keys.map((key) => [key, ""])),
    });
  }
  for (const name of new Set(also.configMaps)) {
    const found = await client.get(resources.ConfigMap, { namespace, name });
    if (found !== undefined) {
      add(set, { ...found, apiVersion: "v1", kind: "ConfigMap" } as ConfigMap);
    }
  }
  return {
    namespace,
    scope: new LintScope(set, invalid),
    secretHashes,
    secretState: (name) => states.get(name) ?? "unknown",
    ready: (kind, name) => conditions.get(`${kind}/${name}`),
  };
}

/** Runs `work` with a client of the cluster that the kubeconfig leads to, and its namespace. */
export async function withCluster<T>(
  { kubeconfig, context, command }: {
    kubeconfig: string | undefined;
    context: string | undefined;
    /** What asks, for the API server's log. */
    command: string;
  },
  work: (client: Client, namespace: string) => Promise<T>,
): Promise<T> {
  const environment = (name: string) => Deno.env.get(name);
  const access = await loadClusterAccess({ kubeconfig, context, environment });
  using transport = new Transport({ access, userAgent: `genkitd/${VERSION} (${command})` });
  const client = new HttpClient({ transport, clock: systemClock, random: Math.random });
  return await work(client, access.namespace ?? DEFAULT_NAMESPACE);
}

async function readSecret(
  client: Pick<Client, "get">,
  namespace: string,
  name: string,
): Promise<Secret | "missing" | "unknown"> {
  try {
    const found = await client.get(resources.Secret, { namespace, name });
    return found === undefined ? "missing" : found as unknown as Secret;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return "unknown";
    throw error;
  }
}

function add(set: ObjectSet, object: KnownObject | CustomObject): void {
  const place = { line: 1, column: 1 };
  const file = `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
  set.add(object, { value: object, file, ...place, locate: () => place });
}
