import { deepStrictEqual } from "node:assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ClusterClient } from "./cluster_client.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const CHILDREN = [resources.Service, resources.Deployment, resources.PodDisruptionBudget];

/**
 * Two namespaces of one cluster that get the same objects: `calm`, with an operator that nothing
 * disturbs, and `storm`. In the end the children in both must be the same, byte for byte.
 */
export interface TwoNamespaces extends AsyncDisposable {
  plane: ControlPlane;
  cluster: ClusterClient;
  /** Does the same in both. */
  both(change: (namespace: string) => Promise<unknown>): Promise<void>;
  /**
   * Waits until every Flow's newest generation is in its children, and both are the same. Where a
   * text is given, all content has it: an edit of something that the Flows share has arrived.
   */
  same(text?: string): Promise<void>;
}

/** Starts a control plane with the two namespaces, and the operator of `calm`. */
export async function startTwoNamespaces(): Promise<TwoNamespaces> {
  const plane = await startControlPlane();
  await plane.kubectl(["apply", "--server-side", "-k", CRDS]);
  for (const namespace of ["calm", "storm"]) await plane.kubectl(["create", "ns", namespace]);
  const cluster = new ClusterClient(plane);
  const operator = await startOperator(plane.kubeconfig, [
    "--no-leader-elect",
    "--namespace",
    "calm",
  ]);
  for (const resource of [...CHILDREN, resources.ConfigMap, customKinds.Flow]) {
    await cluster.follow(resource);
  }
  const lists = async () =>
    new Map(
      await Promise.all(
        [...CHILDREN, resources.ConfigMap, customKinds.Flow].map(async (resource) =>
          [resource.kind, await cluster.follow(resource)] as const
        ),
      ),
    );
  return {
    plane,
    cluster,
    both: async (change) => {
      await Promise.all([change("calm"), change("storm")]);
    },
    same: async (text = "") => {
      const reflectors = await lists();
      const list = (kind: string, namespace: string) => reflectors.get(kind)!.list(namespace);
      const seen = (namespace: string) => {
        const deployments = list("Deployment", namespace);
        const named = new Set(deployments.flatMap(contentOf));
        const configMaps = list("ConfigMap", namespace)
          .filter(({ metadata: { name } }) => named.has(name));
        const children = CHILDREN.flatMap(({ kind }) => list(kind, namespace));
        return [...children, ...configMaps].map(normalized).sort((a, b) => a < b ? -1 : 1);
      };
      const arrived = (namespace: string, text: string) =>
        list("Deployment", namespace).every((deployment) =>
          contentOf(deployment).some((name) => {
            const content = reflectors.get("ConfigMap")!.get({ namespace, name });
            return JSON.stringify(content?.data ?? {}).includes(text);
          })
        );
      const settled = (namespace: string) =>
        list("Flow", namespace).every(({ metadata: { generation }, status }) =>
          (status as { observedGeneration?: number } | undefined)?.observedGeneration === generation
        );
      await cluster.when(
        () =>
          settled("calm") && settled("storm") && seen("calm").length > 0 &&
          ["calm", "storm"].every((namespace) => arrived(namespace, text)) &&
          equal(seen("calm"), seen("storm")),
        () => difference(seen("calm"), seen("storm")),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await operator[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      await plane.stop();
    },
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
  const { template } = spec as {
    template: {
      spec: { volumes: { projected?: { sources: { configMap?: { name: string } }[] } }[] };
    };
  };
  return template.spec.volumes.flatMap(({ projected }) =>
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
