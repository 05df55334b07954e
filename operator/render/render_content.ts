import {
  API_KEYS_DIR,
  CREDENTIALS_DIR,
  fallbackCredentialsDir,
  flowDir,
  toolHeadersDir,
} from "../../shared/contract/paths.ts";
import { writeTree } from "../../shared/contract/write_tree.ts";
import type { FlowServer, ServedFlow, ServedPlugin } from "../../shared/flows/flow_server.ts";
import { PROVIDERS } from "../../shared/providers.ts";
import type { SecretEnvironment, SecretFiles, ServerContent } from "./server_content.ts";

/** The keys of a Secret as it is; undefined where it is not there. */
export type KeysOf = (secret: string) => readonly string[] | undefined;

/**
 * Gives what a server's pods find below /genkit. A projected volume can put a Secret's keys into a
 * folder only one by one, so that they are listed: those that the PluginConfig names, else those that
 * the Secret has, else (it is not there yet) those that the provider knows.
 */
export function renderContent(server: FlowServer, keysOf: KeysOf): ServerContent {
  const { layout, flows } = server;
  const at = (flow: ServedFlow, path: string) =>
    layout === "multi" ? `${flowDir(flow.name)}/${path}` : path;
  const secrets = flows.flatMap((flow): SecretFiles[] => [
    ...credentialFiles(flow.plugin, keysOf, at(flow, CREDENTIALS_DIR)),
    ...(flow.fallbacks ?? []).flatMap(({ plugin }, index) =>
      credentialFiles(plugin, keysOf, at(flow, fallbackCredentialsDir(index)))
    ),
    ...apiKeyFiles(flow, keysOf, at(flow, API_KEYS_DIR)),
    ...flow.tools.flatMap(({ name, http, mcp }) => {
      const secret = (http ?? mcp)?.headersSecret;
      if (secret === undefined) return [];
      const directory = at(flow, toolHeadersDir(name));
      return [{ directory, secret, keys: (keysOf(secret) ?? []).toSorted() }];
    }),
  ]);
  const files = writeTree(server);
  // A projected volume has no empty folders. genkit-operator 0.5.0 mounts both, and a runner that
  // lists them should not end where there is nothing.
  for (const flow of flows) {
    if (flow.prompts.length === 0) files.set(at(flow, "prompts/.keep"), "");
    if (flow.tools.length === 0) files.set(at(flow, "tools/.keep"), "");
  }
  return {
    layout,
    files,
    // Without keys there is nothing to mount.
    secrets: secrets.filter(({ keys }) => keys.length > 0)
      .sort((a, b) => a.directory < b.directory ? -1 : 1),
    environment: layout === "single" ? flows.flatMap(environment) : [],
  };
}

/** The keys that callers send: the names of all of them, since who they are is in the Secret. */
function apiKeyFiles({ auth }: ServedFlow, keysOf: KeysOf, directory: string): SecretFiles[] {
  if (auth?.apiKeys === undefined) return [];
  const { secret } = auth.apiKeys;
  return [{ directory, secret, keys: (keysOf(secret) ?? []).toSorted() }];
}

function credentialFiles(
  plugin: ServedPlugin | undefined,
  keysOf: KeysOf,
  directory: string,
): SecretFiles[] {
  if (plugin?.secret === undefined) return [];
  const { secret, credentialKeys, type } = plugin;
  const keys = credentialKeys.length > 0 ? credentialKeys : keysOf(secret) ?? knownKeys(type);
  return [{ directory, secret, keys: [...new Set(keys)].sort() }];
}

function environment({ plugin }: ServedFlow): SecretEnvironment[] {
  if (plugin?.secret === undefined) return [];
  return [{ secret: plugin.secret, keys: [...new Set(plugin.credentialKeys)].sort() }];
}

function knownKeys(type: string): string[] {
  const provider = PROVIDERS.find((provider) => provider.type === type.toLowerCase());
  const { credentialKeys = [], optionalKeys = [], insteadKeys = [] } = provider ?? {};
  return [...credentialKeys.flat(), ...optionalKeys, ...insteadKeys];
}
