/** How an API server is reached, and as whom. */
export interface ClusterAccess {
  /** The address, for example `https://10.0.0.1:443`. */
  server: string;
  /** The certificates that the server's must descend from, as PEM; else the system's. */
  ca?: string | undefined;
  /** A client certificate and its key, as PEM. */
  clientCertificate?: { cert: string; key: string } | undefined;
  /** The headers that say who we are, as they are now: tokens are renewed. */
  headers(): Promise<Record<string, string>>;
  /** The HTTP proxy on the way there. */
  proxy?: string | undefined;
  /** Whether a program of this machine may be asked for tokens. */
  runsPrograms?: boolean;
  /** The namespace that the access is made for. */
  namespace?: string | undefined;
}

/** Where to look for access to a cluster. */
export interface AccessOptions {
  /** A kubeconfig; else `$KUBECONFIG`, the pod's own ServiceAccount, `~/.kube/config`. */
  kubeconfig?: string | undefined;
  /** A context of the kubeconfig; else its current one. */
  context?: string | undefined;
  /** Gives a variable of the environment. */
  environment(name: string): string | undefined;
}

/** Between the files of `$KUBECONFIG`, as kubectl reads it. */
const DELIMITER = Deno.build.os === "windows" ? ";" : ":";

/**
 * Finds the access to a cluster.
 *
 * @throws {Error} where there is none, or it cannot be used.
 */
export async function loadClusterAccess(
  { kubeconfig, context, environment }: AccessOptions,
): Promise<ClusterAccess> {
  if (kubeconfig) return await fromKubeconfig([kubeconfig], context);
  const listed = (environment("KUBECONFIG") ?? "").split(DELIMITER).filter((file) => file !== "");
  if (listed.length > 0) return await fromKubeconfig(listed, context);
  const host = environment("KUBERNETES_SERVICE_HOST");
  if (host) {
    const { fromServiceAccount } = await import("./service_account_access.ts");
    return await fromServiceAccount(host, environment("KUBERNETES_SERVICE_PORT") || "443");
  }
  const home = environment("HOME");
  const own = `${home}/.kube/config`;
  if (home && await exists(own)) return await fromKubeconfig([own], context);
  throw new Error(
    "Cannot reach a cluster: there is no --kubeconfig, no $KUBECONFIG, no ServiceAccount of a pod " +
      "and no ~/.kube/config",
  );
}

/** Loads what takes long to load, only where it is needed. */
async function fromKubeconfig(files: string[], context?: string): Promise<ClusterAccess> {
  const { fromKubeconfig } = await import("./kubeconfig_access.ts");
  return await fromKubeconfig(files, context);
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Gives access that acts as a user; the credentials must be allowed to impersonate them. */
export function impersonating(access: ClusterAccess, user: string): ClusterAccess {
  return {
    ...access,
    headers: async () => ({ ...await access.headers(), "impersonate-user": user }),
  };
}
