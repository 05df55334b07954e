// Only this module: the package as a whole takes far longer to load.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
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
  const renewed = user?.exec !== undefined || user?.authProvider !== undefined;
  const first = await requestOptions(config);
  const { ca, cert, key } = first;
  return {
    server: cluster.server,
    ca: ca === undefined ? undefined : text(ca),
    ...cert !== undefined && key !== undefined &&
      { clientCertificate: { cert: text(cert), key: text(key) } },
    proxy: cluster.proxyUrl,
    namespace: config.getContextObject(name)?.namespace,
    // What is written in the file stays as it is; asking each time would read the CA each time.
    headers: async () => (renewed ? await requestOptions(config) : first).headers ?? {},
  };
}

function readFiles(files: string[]): KubeConfig {
  const config = new KubeConfig();
  for (const [index, file] of files.entries()) {
    try {
      const read = index === 0 ? config : new KubeConfig();
      read.loadFromFile(file);
      if (index > 0) config.mergeConfig(read);
    } catch (cause) {
      const why = (cause as Error).message;
      throw new Error(`Cannot read the kubeconfig "${file}": ${why}`, { cause });
    }
  }
  return config;
}

/** Asks the config for credentials as they are now; it renews those that expire. */
async function requestOptions(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options as Parameters<KubeConfig["applyToHTTPSOptions"]>[0]);
  return options;
}

function text(value: string | Uint8Array): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}
