import { resources } from "../../operator/kubernetes/resources.ts";
import { ClusterClient } from "./cluster_client.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { type OperatorProcess, startOperator } from "./operator_process.ts";
import { keepPodsReady, type ReadyPods } from "./ready_pods.ts";
import { untilServed } from "./until_served.ts";

const DEPLOY = new URL("../../deploy", import.meta.url).pathname;

/** A control plane that genkitd is installed in by one of its overlays. */
export interface OperatedCluster extends AsyncDisposable {
  plane: ControlPlane;
  cluster: ClusterClient;
  /** Where {@linkcode OperatedClusterOptions.pods} is set, what makes them ready. */
  pods: ReadyPods | undefined;
  /** Where the test's objects are; only restricted pods may run there. */
  namespace: string;
  /** The name of an object in the namespace. */
  at(name: string): { namespace: string; name: string };
  /** Runs kubectl in the namespace, and gives what it printed. */
  kubectl(...args: string[]): Promise<string>;
  /** Creates or changes objects: YAML, or plain objects. */
  apply(objects: string | readonly object[]): Promise<void>;
  /** Changes an object by a merge patch, for example `patch("gpr", "greeting", {spec: …})`. */
  patch(kind: string, name: string, change: object): Promise<void>;
  /** Starts an operator that may do what the overlay says and no more; resolves when it leads. */
  operate(...args: string[]): Promise<OperatorProcess>;
}

/** What a test wants of its cluster. */
export interface OperatedClusterOptions {
  /** How genkitd is installed; `"cluster-wide"` where absent. */
  overlay?: "cluster-wide" | "namespaced";
  /** Whether kube-controller-manager runs, and each pod is ready as soon as it is there. */
  pods?: boolean;
}

/** Starts a control plane with genkitd's CRDs and roles, and a namespace for the test's objects. */
export async function startOperatedCluster(
  options: OperatedClusterOptions = {},
): Promise<OperatedCluster> {
  const { overlay = "cluster-wide" } = options;
  const plane = await startControlPlane({ controllers: options.pods });
  const cluster = new ClusterClient(plane);
  const pods = options.pods ? keepPodsReady(cluster.api) : undefined;
  const [home, namespace] = overlay === "namespaced"
    ? ["genkit", "genkit"]
    : ["genkitd-system", "demo"];
  const operators: OperatorProcess[] = [];
  const stop = async () => {
    for (const operator of operators) await operator[Symbol.asyncDispose]();
    await pods?.stop();
    await cluster[Symbol.asyncDispose]();
    await plane.stop();
  };
  try {
    await install(plane, overlay, namespace);
    // The operator under test is a process of the test's own.
    const deployed = { namespace: home, name: "genkitd-operator" };
    await cluster.api.delete(resources.Deployment, deployed);
  } catch (error) {
    await stop();
    throw error;
  }
  const kubectl = async (args: string[], input?: string | readonly object[]) =>
    (await plane.kubectl([...args, "-n", namespace], { input })).stdout;
  return {
    plane,
    cluster,
    pods,
    namespace,
    at: (name) => ({ namespace, name }),
    kubectl: (...args) => kubectl(args),
    apply: async (objects) => {
      await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], objects);
    },
    patch: async (kind, name, change) => {
      await kubectl(["patch", kind, name, "--type=merge", "-p", JSON.stringify(change)]);
    },
    operate: async (...args) => {
      const token = await plane.serviceAccountToken(home, "genkitd-operator");
      const operator = await startOperator(await plane.kubeconfigFor(token), [
        ...["--lease-namespace", home],
        ...overlay === "namespaced" ? ["--namespace", namespace, "--watch-secrets"] : [],
        ...args,
      ]);
      operators.push(operator);
      await operator.saw(/"message":"leading"/);
      return operator;
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function install(plane: ControlPlane, overlay: string, namespace: string): Promise<void> {
  const { kubectl } = plane;
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } };
  await kubectl(["create", "-f", "-"], { input: [object] });
  const apply = (folder: string) =>
    kubectl(["apply", "--server-side", "-k", `${DEPLOY}/${folder}`]);
  await apply("crds");
  await untilServed(plane);
  await apply(`overlays/${overlay}`);
}
