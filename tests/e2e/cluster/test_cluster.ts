import { type ControlPlane, startControlPlane } from "../../cluster/control_plane.ts";
import type { Images } from "../kubelet/image.ts";
import { type Kubelet, type KubeletOptions, startKubelet } from "../kubelet/kubelet.ts";
import { type Api, connectApi } from "./api.ts";
import { DNS_ADDRESS, startClusterNetwork } from "./cluster_network.ts";
import { genkitdImage } from "./genkitd_image.ts";
import { type SliceClient, type SliceClientOptions, startSliceClient } from "./slice_client.ts";
import { BRIDGE_ADDRESS } from "./test_isolated.ts";

/** Options of {@linkcode startTestCluster}. */
export interface TestClusterOptions {
  /** Images besides `genkitd:test`, which is the runner of this checkout. */
  images?: Images;
  /** Passed to kube-controller-manager; those of workloads where absent. */
  controllers?: string[];
  backoff?: KubeletOptions["backoff"];
}

/** A whole cluster: a real control plane, and pods that are processes of this machine. */
export interface TestCluster extends AsyncDisposable {
  controlPlane: ControlPlane;
  kubelet: Kubelet;
  /** As the administrator. */
  api: Api;
  /** What can be pulled; may be changed at any time. */
  images: Images;
  /** Applies objects, given as values or as YAML, as `kubectl apply --server-side` does. */
  apply(...objects: unknown[]): Promise<void>;
  /** Follows a Service as a node's proxy would, for requests to its endpoints. */
  sliceClient(service: Service): Promise<SliceClient>;
  stop(): Promise<void>;
}

/** Which Service, and which of its ports. */
export type Service = Pick<SliceClientOptions, "namespace" | "service" | "port" | "lag">;

/** Starts a cluster; only inside of a test of {@linkcode testIsolated}. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const stack = new AsyncDisposableStack();
  try {
    const controlPlane = stack.use(
      await startControlPlane({
        controllers: options.controllers ?? true,
        bindAddress: BRIDGE_ADDRESS,
        serviceAccounts: true,
      }),
    );
    const { url, ca, adminToken: token } = controlPlane;
    const api = stack.use(connectApi({ url, ca, token }));
    await serviceAccount(controlPlane);
    const network = await startClusterNetwork(api);
    stack.defer(() => network.stop());
    const cache = await Deno.makeTempDir({ prefix: "deno-dir-" });
    await Deno.chmod(cache, 0o777);
    const images = { "genkitd:test": await genkitdImage(cache), ...options.images };
    const kubelet = await startKubelet({
      api,
      images,
      address: BRIDGE_ADDRESS,
      dns: DNS_ADDRESS,
      ...options.backoff && { backoff: options.backoff },
    });
    stack.defer(() => kubelet.stop());
    const owned = stack.move();
    const stop = () => owned.disposeAsync();
    return {
      controlPlane,
      kubelet,
      api,
      images,
      async apply(...objects) {
        const input = objects.map((one) => typeof one === "string" ? one : JSON.stringify(one));
        const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        await controlPlane.kubectl(args, { input: input.join("\n---\n") });
      },
      async sliceClient(service) {
        const client = await startSliceClient({ api, ...service });
        owned.use(client);
        return client;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Waits for what pods of namespace "default" get from their ServiceAccount. */
async function serviceAccount({ kubectl }: ControlPlane): Promise<void> {
  for (const one of ["serviceaccount/default", "configmap/kube-root-ca.crt"]) {
    await kubectl(["wait", "--for=create", one, "-n", "default", "--timeout=5m"]);
  }
}
