import { type Api, ApiFailure } from "../cluster/api.ts";

/** The name of the only node. */
export const NODE_NAME = "test-node";

/** Registers the node of the test kubelet: ready, and large enough for every pod. */
export async function registerNode(api: Api, address: string): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const amounts = { cpu: "1000", memory: "1Ti", pods: "10000", "ephemeral-storage": "1Ti" };
  const labels = { "kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux" };
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: NODE_NAME, labels },
    status: {
      capacity: amounts,
      allocatable: amounts,
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: NODE_NAME },
      ],
      conditions: [{
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "the test kubelet runs",
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      }],
      nodeInfo: {
        machineID: "test",
        systemUUID: "test",
        bootID: "test",
        kernelVersion: "test",
        osImage: "test",
        containerRuntimeVersion: "process://1",
        kubeletVersion: "v1.35.4",
        kubeProxyVersion: "v1.35.4",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  };
  await api.send("POST", "/api/v1/nodes", node);
}

/** Binds a pod to the node; what the pod asks of a node is not looked at. */
export async function bindPod(
  api: Api,
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
): Promise<void> {
  const binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name, namespace, uid },
    target: { apiVersion: "v1", kind: "Node", name: NODE_NAME },
  };
  try {
    await api.send("POST", `/api/v1/namespaces/${namespace}/pods/${name}/binding`, binding);
  } catch (error) {
    // Gone, or bound already: the watch says so as well.
    if (!(error instanceof ApiFailure && [404, 409].includes(error.status))) throw error;
  }
}
