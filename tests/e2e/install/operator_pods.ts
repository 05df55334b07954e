import type { TestCluster } from "../cluster/test_cluster.ts";
import type { Pod } from "../kubelet/pod.ts";

/** A pod of the operator that runs. */
export interface OperatorPod {
  name: string;
  ip: string;
  /** The process id of its program. */
  pid: number;
  spec: Pod["spec"];
  /** What it has printed, with former runs of its program. */
  logs(): string;
  /** Asks its server of probes (8081) or of metrics (8080). */
  get(port: 8080 | 8081, path: string): Promise<{ status: number; text: string }>;
}

/** Gives the operator's pods in a namespace that are not about to go. */
export async function operatorPods(
  { api, kubelet }: TestCluster,
  namespace: string,
): Promise<OperatorPod[]> {
  const query = "labelSelector=app.kubernetes.io/name%3Dgenkitd-operator";
  const path = `/api/v1/namespaces/${namespace}/pods?${query}`;
  const { items } = await api.send("GET", path) as { items: Pod[] };
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap(({ metadata: { name }, spec }) => {
      const { ip, pids } = kubelet.running(namespace, name) ?? {};
      const pid = Object.values(pids ?? {})[0];
      if (ip === undefined || pid === undefined) return [];
      return [{
        ...{ name, ip, pid, spec },
        logs: () => kubelet.logs(namespace, name),
        async get(port, path) {
          const response = await fetch(`http://${ip}:${port}${path}`);
          return { status: response.status, text: await response.text() };
        },
      }];
    });
}
