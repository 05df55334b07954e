import { relative } from "node:path";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { ROOT } from "../../../tasks/checkout.ts";
import { ClusterClient } from "../../cluster/cluster_client.ts";
import { condition } from "../../cluster/condition.ts";
import { createHelm } from "../../cluster/helm.ts";
import type { HttpAnswer } from "../cluster/http_connection.ts";
import type { SliceClient } from "../cluster/slice_client.ts";
import { startTestCluster, type TestCluster } from "../cluster/test_cluster.ts";
import { type OperatorPod, operatorPods } from "./operator_pods.ts";
import type { Installer, Way } from "./way.ts";

/** A cluster that genkitd is installed in, with its operator in a pod. */
export interface Installation extends AsyncDisposable {
  way: Way;
  /** What the way of installing works with. */
  installer: Installer;
  cluster: TestCluster;
  /** The administrator's client that waits for what it expects. */
  seen: ClusterClient;
  /** The name of an object in the namespace of the journeys. */
  at(name: string): { namespace: string; name: string };
  /** Runs kubectl in the checkout, for the namespace of the journeys unless one is given. */
  kubectl(...args: string[]): Promise<string>;
  /** Creates or changes objects in the namespace of the journeys, or their own. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Changes the spec of an object. */
  edit(kind: string, name: string, spec: object): Promise<void>;
  /** Waits until an object is Ready as it is now. */
  ready(kind: "Flow" | "FlowSet", name: string): Promise<KubernetesObject>;
  /** Follows a Service, as a node's proxy does whose view is `lag` milliseconds old. */
  client(service: string, lag?: number): Promise<SliceClient>;
  /** Calls a flow at the Service `service`, or the one of its name, once there is a pod. */
  call(flow: string, service?: string): Promise<HttpAnswer & { pod: string }>;
  /** The operator's pods that are not about to go. */
  operators(): Promise<OperatorPod[]>;
  /** Who holds the lease, once a pod that stays does whose identity is another than `former`. */
  leader(former?: string): Promise<{ identity: string; pod: string }>;
}

/** Starts a cluster with the namespaces of a way of installing. Nothing is installed yet. */
export async function startInstallation(way: Way): Promise<Installation> {
  const stack = new AsyncDisposableStack();
  try {
    const cluster = stack.use(await startTestCluster());
    const { controlPlane: plane, images } = cluster;
    images[way.image] = images["genkitd:test"]!;
    const seen = stack.use(new ClusterClient(plane));
    const run = async (args: string[], input?: string | readonly object[]) =>
      (await plane.kubectl(args, { folder: ROOT, input })).stdout;
    for (const name of new Set([...way.namespaces, way.namespace])) {
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      const metadata = { name, labels };
      await run(["create", "-f", "-"], [{ apiVersion: "v1", kind: "Namespace", metadata }]);
    }
    const clients = new Map<string, Promise<SliceClient>>();
    const installation: Omit<Installation, typeof Symbol.asyncDispose> = {
      way,
      installer: {
        kubectl: run,
        helm: async (args, values) => {
          const helm = await createHelm(plane);
          return (await helm(args, { folder: ROOT, values })).stdout;
        },
        folder: folderBeside(`${ROOT}deploy`),
      },
      cluster,
      seen,
      at: (name) => ({ namespace: way.namespace, name }),
      kubectl: (...args) => run(["-n", way.namespace, ...args]),
      async apply(...objects) {
        const input = objects.map((object) => inNamespace(object, way.namespace));
        await run(["apply", "--server-side", "--force-conflicts", "-f", "-"], input);
      },
      async edit(kind, name, spec) {
        const patch = JSON.stringify({ spec });
        await run(["-n", way.namespace, "patch", kind, name, "--type=merge", "-p", patch]);
      },
      ready: (kind, name) =>
        seen.until(
          customKinds[kind],
          installation.at(name),
          (object) => condition(object, "Ready")?.status === "True" ? object : undefined,
        ),
      client(service, lag = 0) {
        const key = `${service} ${lag}`;
        const options = { namespace: way.namespace, service, lag };
        const client = clients.get(key) ?? cluster.sliceClient(options);
        clients.set(key, client);
        return client;
      },
      async call(flow, service = flow) {
        const client = await installation.client(service);
        return await client.post(`/${flow}`, { name: "Ann" });
      },
      operators: () => operatorPods(cluster, way.home),
      async leader(former = "") {
        const pods = await seen.follow(resources.Pod);
        // A pod that is about to go may still hold the lease.
        await seen.caughtUp();
        const lease = { namespace: way.home, name: "genkitd-operator" };
        return await seen.until(resources.Lease, lease, (object) => {
          const { holderIdentity: identity } = (object?.spec ?? {}) as { holderIdentity?: string };
          if (!identity || identity === former) return undefined;
          const pod = identity.split("_")[0]!;
          const found = pods.get({ namespace: way.home, name: pod });
          return found && !found.metadata.deletionTimestamp ? { identity, pod } : undefined;
        });
      },
    };
    const owned = stack.move();
    return { ...installation, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function folderBeside(deploy: string): Installer["folder"] {
  return async (files) => {
    const folder = await Deno.makeTempDir({ prefix: "kustomization-" });
    for (const [name, text] of Object.entries(files(relative(folder, deploy)))) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    return folder;
  };
}

function inNamespace(object: object, namespace: string): object {
  const { metadata } = object as { metadata: object };
  return { ...object, metadata: { namespace, ...metadata } };
}
