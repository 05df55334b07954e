import { deepStrictEqual } from "node:assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { controllerOf } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ClusterClient } from "./cluster_client.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const { ConfigMap, Deployment, PodDisruptionBudget, Service } = resources;
const { Flow, Model, Prompt } = customKinds;
const CHILDREN = [Service, Deployment, PodDisruptionBudget];

/**
 * Two namespaces of one cluster that get the same objects: `calm`, with an operator that nothing
 * disturbs, and `storm`. In the end the children in both must be the same, byte for byte.
 */
export interface TwoNamespaces extends AsyncDisposable {
  plane: ControlPlane;
  cluster: ClusterClient;
  /** Creates or changes an object in both; it needs no namespace. */
  apply(object: KubernetesObject): Promise<void>;
  /** Deletes a Flow in both. */
  deleteFlow(name: string): Promise<void>;
  /**
   * Waits until all Flows have the children that their objects ask for now, no child is of a Flow that
   * is gone, and both namespaces are the same.
   */
  same(): Promise<void>;
  /** Waits until `storm` has no content any more that no Deployment names. */
  nothingLeftOver(): Promise<void>;
}

/** Starts a control plane with the two namespaces, and the operator of `calm`. */
export async function startTwoNamespaces(): Promise<TwoNamespaces> {
  const plane = await startControlPlane({ controllers: ["garbagecollector"] });
  await plane.kubectl(["apply", "--server-side", "-k", CRDS]);
  await untilServed(plane);
  for (const namespace of ["calm", "storm"]) await plane.kubectl(["create", "ns", namespace]);
  const cluster = new ClusterClient(plane);
  const flags = ["--no-leader-elect", "--namespace", "calm"];
  const operator = await startOperator(plane.kubeconfig, flags);
  const followed = new Map<string, Awaited<ReturnType<ClusterClient["follow"]>>>();
  for (const resource of [...CHILDREN, ConfigMap, Flow, Model, Prompt]) {
    followed.set(resource.kind, await cluster.follow(resource));
  }
  const get = (kind: string, namespace: string, name: string) =>
    followed.get(kind)!.get({ namespace, name });
  const list = (kind: string, namespace: string) => followed.get(kind)!.list(namespace);
  const both = async (change: (namespace: string) => Promise<unknown>) => {
    await Promise.all([change("calm"), change("storm")]);
  };

  /** What a Flow's children lack of what its objects ask for now. */
  const lacks = (flow: KubernetesObject): string[] => {
    const { namespace = "", name } = flow.metadata;
    const spec = flow.spec as FlowSpec;
    const own = (kind: string) => {
      const child = get(kind, namespace, name);
      return child && controllerOf(child)?.uid === flow.metadata.uid ? child : undefined;
    };
    const deployment = own("Deployment");
    const content = deployment === undefined ? "" : contentOf(deployment)
      .map((name) => JSON.stringify(get("ConfigMap", namespace, name)?.data)).join();
    const model = get("Model", namespace, spec.modelRef.name)!.spec as { model: string };
    const prompt = get("Prompt", namespace, spec.promptRefs[0]!.name)!.spec as { content: string };
    const budget = get("PodDisruptionBudget", namespace, name) !== undefined;
    const { replicas, template } = (deployment?.spec ?? {}) as Partial<DeploymentSpec>;
    return Object.entries({
      Service: own("Service") !== undefined,
      [spec.image]: template?.spec.containers[0]?.image === spec.image,
      [`${spec.replicas} replicas`]: replicas === (spec.replicas ?? 1),
      [model.model]: content.includes(JSON.stringify(`"${model.model}"`).slice(1, -1)),
      [prompt.content]: content.includes(prompt.content),
      budget: budget === (spec.podDisruptionBudget !== undefined),
    }).filter(([, is]) => !is).map(([what]) => `${namespace}/${name} lacks ${what}`);
  };
  const orphans = (namespace: string) => {
    const uids = new Set(list("Flow", namespace).map(({ metadata: { uid } }) => uid));
    return [...CHILDREN, ConfigMap].flatMap(({ kind }) => list(kind, namespace))
      .filter((child) => controllerOf(child) && !uids.has(controllerOf(child)!.uid))
      .map(({ kind, metadata: { name } }) => `${kind} ${namespace}/${name} is of nobody`);
  };
  const wrong = () =>
    ["calm", "storm"].flatMap((namespace) => [
      ...list("Flow", namespace).flatMap(lacks),
      ...orphans(namespace),
    ]);
  const seen = (namespace: string) => {
    const deployments = list("Deployment", namespace);
    const named = new Set(deployments.flatMap(contentOf));
    const configMaps = list("ConfigMap", namespace)
      .filter(({ metadata: { name } }) => named.has(name));
    const children = CHILDREN.flatMap(({ kind }) => list(kind, namespace));
    return [...children, ...configMaps].map(normalized).sort((a, b) => a < b ? -1 : 1);
  };
  const leftOver = () => {
    const named = new Set(list("Deployment", "storm").flatMap(contentOf));
    return list("ConfigMap", "storm").filter((object) => controllerOf(object))
      .map(({ metadata: { name } }) => name).filter((name) => !named.has(name));
  };

  return {
    plane,
    cluster,
    apply: (object) => {
      const resource = customKinds[object.kind as keyof typeof customKinds];
      const options = { fieldManager: "test", force: true };
      return both(async (namespace) => {
        const metadata = { ...object.metadata, namespace };
        const { metadata: { resourceVersion } } = await cluster.api.apply(
          resource,
          { ...object, metadata },
          options,
        );
        // What is compared is what was asked for last.
        await cluster.until(
          resource,
          metadata,
          (there) => Number(there?.metadata.resourceVersion) >= Number(resourceVersion),
        );
      });
    },
    deleteFlow: (name) =>
      both(async (namespace) => {
        await cluster.api.delete(Flow, { namespace, name });
        await cluster.until(Flow, { namespace, name }, (there) => there === undefined);
      }),
    same: async () => {
      await cluster.when(
        () => wrong().length === 0 && equal(seen("calm"), seen("storm")),
        () => wrong().length > 0 ? wrong() : difference(seen("calm"), seen("storm")),
      );
    },
    nothingLeftOver: async () => {
      await cluster.when(() => leftOver().length === 0, leftOver);
    },
    [Symbol.asyncDispose]: async () => {
      await operator[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      await plane.stop();
    },
  };
}

/** What the tests set of a Flow. */
interface FlowSpec {
  image: string;
  replicas?: number;
  modelRef: { name: string };
  promptRefs: { name: string }[];
  podDisruptionBudget?: object;
}

interface DeploymentSpec {
  replicas: number;
  template: {
    spec: {
      containers: { image: string }[];
      volumes: { projected?: { sources: { configMap?: { name: string } }[] } }[];
    };
  };
}

/** An object as text, without what differs between any two: identities, versions, addresses. */
function normalized(object: KubernetesObject): string {
  const { kind, metadata: { name, labels, annotations, ownerReferences }, spec, data } = object;
  const { clusterIP: _, clusterIPs: __, ...rest } = (spec ?? {}) as Record<string, unknown>;
  const owners = ownerReferences?.map(({ kind, name }) => `${kind}/${name}`);
  const marks = { ...annotations, "deployment.kubernetes.io/revision": undefined };
  return JSON.stringify([kind, name, labels, marks, owners, rest, data]);
}

function contentOf({ spec }: KubernetesObject): string[] {
  return (spec as DeploymentSpec).template.spec.volumes.flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ configMap }) => configMap?.name ?? [])
  );
}

function equal(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

/** What is in one and not in the other, for people. */
function difference(calm: string[], storm: string[]): unknown {
  try {
    deepStrictEqual(calm, storm);
    return "the same, but not settled";
  } catch (error) {
    return (error as Error).message.slice(0, 4000);
  }
}
