import { systemClock } from "../../shared/clock.ts";
import { VERSION } from "../../shared/version.ts";
import { loadClusterAccess } from "../kubernetes/cluster_access.ts";
import { HttpClient } from "../kubernetes/http_client.ts";
import { Transport } from "../kubernetes/transport.ts";
import type { Finding } from "./finding.ts";
import { preflight } from "./preflight.ts";

/** Options of {@linkcode run}. */
export interface PreflightOptions {
  kubeconfig: string | undefined;
  /** One namespace; the whole cluster where it is absent. */
  namespace: string | undefined;
  /** Where genkit-operator 0.5.0 runs. */
  legacyNamespace: string;
}

/**
 * Makes the checks on the cluster that the kubeconfig leads to.
 *
 * @throws {Error} where there is no access to a cluster.
 */
export async function run(options: PreflightOptions): Promise<Finding[]> {
  const { kubeconfig, namespace, legacyNamespace } = options;
  const environment = (name: string) => Deno.env.get(name);
  const access = await loadClusterAccess({ kubeconfig, environment });
  using transport = new Transport({ access, userAgent: `genkitd/${VERSION} (preflight)` });
  const client = new HttpClient({ transport, clock: systemClock, random: Math.random });
  return await preflight({
    client,
    version: () => serverVersion(transport),
    namespace,
    legacyNamespace,
    now: Date.now,
  });
}

async function serverVersion(transport: Transport): Promise<string> {
  const response = await transport.send({
    method: "GET",
    path: "/version",
    action: "get the version of the cluster",
    verb: "get",
    resource: "version",
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text).gitVersion;
  throw new Error(`Cannot get the version of the cluster: ${response.status}, should be 200`);
}
