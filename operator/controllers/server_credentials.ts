import type { EnvVar } from "../../shared/api/env_var.ts";
import type { FlowServer, ServedFlow } from "../../shared/flows/flow_server.ts";
import type { NamedData, TrackingReader } from "../engine/controller.ts";
import type { ServerContent } from "../render/server_content.ts";
import { shortHash } from "./server_inputs.ts";

/** The Secrets and ConfigMaps that a server's pods take values from, as they are now. */
export interface ServerCredentials {
  secrets: ReadonlyMap<string, NamedData | undefined>;
  configMaps: ReadonlyMap<string, NamedData | undefined>;
}

/** Reads the Secrets of a server's flows and tools, and what its `env` takes values from. */
export async function readCredentials(
  { namespace, flows }: FlowServer,
  env: readonly EnvVar[],
  read: Pick<TrackingReader, "secret" | "configMap">,
): Promise<ServerCredentials> {
  const ofFlows = flows.flatMap(secretsOf);
  const ofEnv = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name || []);
  const configMaps = env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name || []);
  return {
    secrets: await readAll([...ofFlows, ...ofEnv], (name) => read.secret(namespace, name)),
    configMaps: await readAll(configMaps, (name) => read.configMap(namespace, name)),
  };
}

/** The names of the Secrets that a flow needs. */
export function secretsOf({ plugin, fallbacks = [], tools, auth }: ServedFlow): string[] {
  const headers = tools.flatMap(({ http, mcp }) => (http ?? mcp)?.headersSecret ?? []);
  const apiKeys = auth?.apiKeys === undefined ? [] : [auth.apiKeys.secret];
  const ofFallbacks = fallbacks.flatMap(({ plugin }) => plugin.secret ?? []);
  return [...plugin?.secret ? [plugin.secret] : [], ...ofFallbacks, ...headers, ...apiKeys];
}

/**
 * Gives a digest of every value in use, `<name>=<hash>` each, salted with the Secret's uid: it changes
 * when a pod must be restarted to see a new value. A Secret that is missing keeps its part of `last`.
 * With `reload`, values that the pods read again from files are left out.
 */
export async function credentialsHash(
  { secrets, configMaps }: ServerCredentials,
  content: Pick<ServerContent, "secrets" | "environment">,
  env: readonly EnvVar[],
  { reload, last = "" }: { reload: boolean; last?: string | undefined },
): Promise<string | undefined> {
  const used = new Map<string, Set<string>>();
  const use = (name: string, keys: readonly string[]) =>
    used.set(name, (used.get(name) ?? new Set()).union(new Set(keys)));
  if (!reload) {
    for (const { secret, keys } of [...content.secrets, ...content.environment]) {
      use(
        `secret/${secret}`,
        keys.length > 0 ? keys : Object.keys(secrets.get(secret)?.data ?? {}),
      );
    }
  }
  for (const { valueFrom } of env) {
    const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
    if (secretKeyRef?.name) use(`secret/${secretKeyRef.name}`, [secretKeyRef.key]);
    if (configMapKeyRef?.name) use(`configmap/${configMapKeyRef.name}`, [configMapKeyRef.key]);
  }
  const before = new Map(last.split(",").map((part) => part.split("=") as [string, string]));
  const parts = await Promise.all(
    [...used].sort(([a], [b]) => a < b ? -1 : 1).map(
      async ([name, keys]) => {
        const source = name.startsWith("secret/") ? secrets : configMaps;
        const found = source.get(name.slice(name.indexOf("/") + 1));
        if (found === undefined) return before.has(name) ? `${name}=${before.get(name)}` : "";
        const values = [...keys].sort().map((key) => [key, found.data[key] ?? null]);
        return `${name}=${await shortHash(JSON.stringify([found.uid, values]))}`;
      },
    ),
  );
  const hash = parts.filter((part) => part !== "").join(",");
  return hash === "" ? undefined : hash;
}

async function readAll(
  names: readonly string[],
  read: (name: string) => Promise<NamedData | undefined>,
): Promise<Map<string, NamedData | undefined>> {
  const unique = [...new Set(names)];
  return new Map(await Promise.all(unique.map(async (name) => [name, await read(name)] as const)));
}
