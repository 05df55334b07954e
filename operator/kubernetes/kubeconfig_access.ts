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
 * The access of a kubeconfig's current context: tokens, client certificates, and what exec and OIDC
 * plugins give.
 *
 * @throws {Error} where the file cannot be used.
 */
export async function fromKubeconfig(file: string): Promise<ClusterAccess> {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new Error(`Cannot read the kubeconfig "${file}": ${(cause as Error).message}`, { cause });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `Cannot use the kubeconfig "${file}": its current-context is ` +
        `"${config.getCurrentContext() ?? ""}", should be one of its contexts`,
    );
  }
  if (cluster.skipTLSVerify) {
    throw new Error(
      `Cannot use the kubeconfig "${file}": insecure-skip-tls-verify is set for cluster ` +
        `"${cluster.name}", should be its certificate-authority`,
    );
  }
  const { ca, cert, key } = await requestOptions(config);
  return {
    server: cluster.server,
    ca: ca === undefined ? undefined : text(ca),
    ...cert !== undefined && key !== undefined &&
      { clientCertificate: { cert: text(cert), key: text(key) } },
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    headers: async () => (await requestOptions(config)).headers ?? {},
  };
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
