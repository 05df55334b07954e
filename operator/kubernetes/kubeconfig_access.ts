// Only this module: the package as a whole takes far longer to load.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { ClusterAccess } from "./cluster_access.ts";

/** What KubeConfig sets in the options of a request; only what is read here. */
interface RequestOptions {
  headers?: Record<string, string>;
  ca?: string | Uint8Array;
  cert?: string | Uint8Array;
  key?: string | Uint8Array;
}

/**
 * The access of a context of a kubeconfig, the current one where none is named: tokens, client
 * certificates, and what exec and OIDC plugins give. Of several files the first that says something
 * holds.
 *
 * @throws {Error} where a file cannot be used.
 */
export async function fromKubeconfig(files: string[], context?: string): Promise<ClusterAccess> {
  const config = readFiles(files);
  const cannot = `Cannot use the kubeconfig "${files.join('", "')}"`;
  const name = context ?? config.getCurrentContext() ?? "";
  if (config.getContextObject(name) === null) {
    const known = config.getContexts().map(({ name }) => `"${name}"`).join(", ") || "none";
    throw new Error(`${cannot}: its context is "${name}", should be one of its contexts: ${known}`);
  }
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${cannot}: the cluster of context "${name}" is missing`);
  if (cluster.skipTLSVerify) {
    throw new Error(
      `${cannot}: insecure-skip-tls-verify is set for cluster "${cluster.name}", should be its ` +
        "certificate-authority",
    );
  }
  if (cluster.tlsServerName) {
    throw new Error(
      `${cannot}: tls-server-name is "${cluster.tlsServerName}" for cluster "${cluster.name}", ` +
        "should be absent: the certificate must be of the server's own name",
    );
  }
  const user = config.getCurrentUser();
  const renewed = Boolean(user?.exec || user?.authProvider);
  const first = await requestOptions(config).catch((cause: Error) => {
    throw new Error(`${cannot}: there are no credentials: ${cause.message}`, { cause });
  });
  const { ca, cert, key } = first;
  return {
    server: cluster.server,
    ca: ca === undefined ? undefined : text(ca),
    ...cert !== undefined && key !== undefined &&
      { clientCertificate: { cert: text(cert), key: text(key) } },
    runsPrograms: renewed,
    proxy: cluster.proxyUrl,
    namespace: config.getContextObject(name)?.namespace,
    // What is written in the file stays as it is; asking would read the CA again each time.
    headers: async () => (renewed ? await requestOptions(config) : first).headers ?? {},
  };
}

function readFiles(files: string[]): KubeConfig {
  const config = new KubeConfig();
  for (const [index, file] of files.entries()) {
    try {
      const read = index === 0 ? config : new KubeConfig();
      read.loadFromString(JSON.stringify(withTokenFiles(Deno.readTextFileSync(file), file)));
      read.makePathsAbsolute(dirname(resolve(file)));
      if (index > 0) config.mergeConfig(read, Boolean(config.getCurrentContext()));
    } catch (cause) {
      const why = (cause as Error).message.replace(/ \(os error \d+\)(: .*)?$/, "");
      throw new Error(`Cannot read the kubeconfig "${file}": ${why}`, { cause });
    }
  }
  return config;
}

/** Writes a user's `tokenFile` as the package knows it; it reads such a file again each minute. */
function withTokenFiles(yaml: string, file: string): unknown {
  const config: { users?: { user?: Record<string, unknown> }[] } =
    // Its pretty errors quote the lines, which may hold credentials.
    parse(yaml, { prettyErrors: false }) ?? {};
  for (const { user } of config.users ?? []) {
    if (typeof user?.tokenFile !== "string") continue;
    const tokenFile = resolve(dirname(file), user.tokenFile);
    user["auth-provider"] = { name: "tokenFile", config: { tokenFile } };
    delete user.token;
  }
  return config;
}

/** Asks the config for credentials as they are now; it renews those that expire. */
async function requestOptions(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  // Its public callers make an agent of Node's as well, which refuses plain HTTP.
  try {
    await (config as unknown as Credentials).applyOptions(options);
  } catch (error) {
    // The parser's own words quote what a plugin wrote, which may be a credential.
    if (error instanceof SyntaxError) throw new Error("the exec plugin's answer is no JSON");
    throw error;
  }
  return options;
}

/** The part of KubeConfig that is private by its types only. */
interface Credentials {
  applyOptions(options: RequestOptions): Promise<void>;
}

function text(value: string | Uint8Array): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}
