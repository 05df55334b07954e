import { type Clock, systemClock } from "../../../shared/clock.ts";
import type { Api } from "../cluster/api.ts";
import { type Followed, followObjects } from "../cluster/followed_objects.ts";
import type { ServiceObject } from "../cluster/service_objects.ts";
import type { Images } from "./image.ts";
import { configMapData, type DataObject, type NamedObjects, secretData } from "./named_objects.ts";
import { bindPod, NODE_NAME, registerNode } from "./node.ts";
import type { Pod } from "./pod.ts";
import { PodLogs } from "./pod_logs.ts";
import { podNetworks } from "./pod_network.ts";
import { PodWorker } from "./pod_worker.ts";
import type { RestartBackoffOptions } from "./restart_backoff.ts";
import { serviceEnvironment } from "./service_environment.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode startKubelet}. */
export interface KubeletOptions {
  api: Api;
  /** May be changed while the kubelet runs. */
  images: Images;
  /** The address of the node: that of the bridge. */
  address: string;
  /** The address of the cluster's DNS. */
  dns: string;
  clock?: Clock;
  /** Waits between the starts of a container that crashes; 1 s to 10 s where absent. */
  backoff?: RestartBackoffOptions;
}

/** A node whose pods are processes of this machine. */
export interface Kubelet {
  /** What the containers of a pod have printed, of pods that are gone too. */
  logs(namespace: string, pod: string): string;
  /** What the pods of a namespace have printed, the end of each, by pod. */
  logsOf(namespace: string): string;
  /** Resolves when any pod of a namespace has printed what matches. */
  sawOf(namespace: string, pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when a pod has printed what matches. */
  saw(namespace: string, pod: string, pattern: RegExp): Promise<RegExpExecArray>;
  /** The address and process ids of a pod, or undefined where it does not run. */
  running(namespace: string, pod: string): PodWorker["running"] | undefined;
  /** Kills all pods at once and stops; objects stay as they are. */
  stop(): Promise<void>;
}

/**
 * Starts a kubelet and the scheduler that it needs: it takes every pod that no node has.
 *
 * It honours what {@linkcode Pod} has. It does not know init containers, postStart hooks, resources
 * (limits are no limits), node selectors, affinity and tolerations, host networks, and volumes
 * other than ConfigMap, Secret, projected, downwardAPI and emptyDir; `kubectl logs` and `exec` do
 * not reach it. Volumes follow their objects at once, where real kubelets take up to a minute or so.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, images, address, dns, clock = systemClock } = options;
  const { backoff = { initial: 1_000, max: 10_000 } } = options;
  const folder = await Deno.makeTempDir({ prefix: "kubelet-" });
  await Deno.chmod(folder, 0o755);
  await registerNode(api, address);
  const stopping = new AbortController();
  const { signal } = stopping;
  const networks = podNetworks();
  const workers = new Map<string, { namespace: string; name: string; worker: PodWorker }>();
  const logs = new PodLogs();

  const refresh = ({ metadata }: Followed) => {
    for (const { namespace, worker } of workers.values()) {
      if (namespace === metadata.namespace) worker.refresh();
    }
  };
  const follow = { api, clock, signal, changed: refresh };
  const configMaps = followObjects<Followed & DataObject>({
    ...follow,
    path: "/api/v1/configmaps",
  });
  const secrets = followObjects<Followed & DataObject>({ ...follow, path: "/api/v1/secrets" });
  const services = followObjects<ServiceObject>({
    ...follow,
    path: "/api/v1/services",
    changed: () => {},
  });
  await Promise.all([configMaps.ready, secrets.ready, services.ready]);

  const objectsOf = (namespace: string): NamedObjects => ({
    configMap: (name) => map(configMaps.get(namespace, name), configMapData),
    secret: (name) => map(secrets.get(namespace, name), secretData),
  });
  const start = (pod: Pod) => {
    const { uid, namespace, name } = pod.metadata;
    const worker = new PodWorker({
      ...{ pod, api, images, networks, clock, backoff },
      objects: objectsOf(namespace),
      folder: `${folder}/${uid}`,
      hostIp: address,
      dns,
      services: ({ spec }) =>
        serviceEnvironment(services.values(), {
          namespace,
          links: spec.enableServiceLinks ?? true,
        }),
      output: (text) => logs.append(`${namespace}/${name}`, text),
    });
    workers.set(uid, { namespace, name, worker });
    // An error of a worker is one of the test kubelet: it is not caught, so that the test fails.
    worker.ended.finally(() => workers.delete(uid));
    return worker;
  };
  const changed = (pod: Pod, gone: boolean) => {
    const worker = workers.get(pod.metadata.uid)?.worker;
    if (gone) worker?.vanish();
    else if (pod.spec.nodeName === NODE_NAME) (worker ?? start(pod)).update(pod);
    else if (pod.spec.nodeName === undefined) bind(pod);
  };
  const bind = async ({ metadata }: Pod) => {
    while (!signal.aborted) {
      try {
        return await bindPod(api, metadata);
      } catch {
        await wait(clock, 200, signal);
      }
    }
  };
  const pods = followObjects<Pod>({ ...follow, path: "/api/v1/pods", changed });
  await pods.ready;

  return {
    logs: (namespace, pod) => logs.text(`${namespace}/${pod}`),
    logsOf: (namespace) => logs.textOf(namespace),
    sawOf: (namespace, pattern) => logs.sawOf(namespace, pattern),
    saw: (namespace, pod, pattern) => logs.saw(`${namespace}/${pod}`, pattern),
    running: (namespace, pod) =>
      [...workers.values()].find((one) => one.namespace === namespace && one.name === pod)?.worker
        .running,
    async stop() {
      stopping.abort();
      const left = [...workers.values()].map(({ worker }) => worker);
      for (const worker of left) worker.vanish();
      await Promise.allSettled([
        ...left.map(({ ended }) => ended),
        ...[pods, configMaps, secrets, services].map(({ ended }) => ended),
      ]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function map<T, U>(value: T | undefined, change: (value: T) => U): U | undefined {
  return value === undefined ? undefined : change(value);
}
