/** Who has the say over the number of pods, and that it never falls while the say changes hands. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { FIELD_MANAGER } from "../../operator/render/names.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import type { ClusterClient } from "./cluster_client.ts";
import { ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { Flow } = customKinds;
const { Deployment, HorizontalPodAutoscaler } = resources;

const plugin = objectOf("PluginConfig", { type: "ollama" }, "ollama");
const flow = objectOf("Flow", {
  image: "genkitd:1",
  replicas: 5,
  modelSpec: { provider: "ollama", model: "llama", pluginConfigRef: { name: "ollama" } },
  prompts: [{ prompt: { name: "hello", content: "Hello {{name}}" } }],
}, "one");
const autoscaler = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "somebodys" },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "one" },
    minReplicas: 2,
    maxReplicas: 10,
  },
};

/** Notes every number of pods that a Deployment is ever given, each once in a row. */
function followReplicas({ api }: ClusterClient, from: KubernetesObject) {
  const { name, namespace, resourceVersion } = from.metadata;
  const over = new AbortController();
  let numbers = [replicasOf(from)];
  let seen = Number(resourceVersion);
  let changed = Promise.withResolvers<void>();
  const selection = { namespace, fieldSelector: `metadata.name=${name}` };
  const options = { resourceVersion: resourceVersion!, signal: over.signal };
  const watching = (async () => {
    try {
      for await (const event of api.watch(Deployment, selection, options)) {
        if (event.type === "BOOKMARK") continue;
        const now = replicasOf(event.object);
        if (now !== numbers.at(-1)) numbers.push(now);
        seen = Number(event.object.metadata.resourceVersion);
        changed.resolve();
        changed = Promise.withResolvers();
      }
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
  })();
  return {
    /** Gives the numbers since the last time, up to how it is now. */
    async take(): Promise<number[]> {
      const { metadata } = (await api.get(Deployment, { namespace, name }))!;
      while (seen < Number(metadata.resourceVersion)) await changed.promise;
      const taken = numbers;
      numbers = numbers.slice(-1);
      return taken;
    },
    async stop(): Promise<void> {
      over.abort();
      await watching;
    },
  };
}

Deno.test("the number of pods", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, patch, at, kubectl } = operated;
  await operated.operate();
  await apply([plugin, flow]);
  const first = await cluster.until(Deployment, at("one"), (object) => object);
  const followed = followReplicas(cluster, first);

  /** Waits until the Deployment is as it should be, and the Flow says so. */
  const settled = async (check: (deployment: KubernetesObject) => boolean) => {
    await cluster.until(Deployment, at("one"), (object) => check(object!) || undefined);
    await cluster.until(Flow, at("one"), (object) => ifTrue(object, "Ready"));
  };
  /** What an autoscaler does. */
  const autoscale = (replicas: number) =>
    kubectl("scale", "deployment/one", `--replicas=${replicas}`);
  const isHandedOver = (deployment: KubernetesObject) => !isOurs(deployment);
  /** Sees which numbers there were since the last time, and what it is now. */
  const were = async (...expected: number[]) => assert.deepEqual(await followed.take(), expected);

  await settled((deployment) => replicasOf(deployment) === 5);

  await t.step("somebody's autoscaler takes over what there is", async () => {
    await apply([autoscaler]);
    await settled(isHandedOver);
    await were(5);
    await autoscale(7);
    await patch("gfl", "one", { spec: { image: "genkitd:2" } });
    await settled((deployment) => imageOf(deployment) === "genkitd:2");
    await were(5, 7);
  });

  await t.step("without it the Flow's own number counts again", async () => {
    await kubectl("delete", "hpa", "somebodys");
    await settled((deployment) => replicasOf(deployment) === 5);
    await were(7, 5);
  });

  await t.step("spec.autoscaling takes over what there is", async () => {
    await patch("gfl", "one", { spec: { autoscaling: { minReplicas: 3, maxReplicas: 10 } } });
    await settled(isHandedOver);
    await cluster.until(HorizontalPodAutoscaler, at("one"), (object) => object);
    await were(5);
    await autoscale(6);
    await patch("gfl", "one", { spec: { image: "genkitd:3" } });
    await settled((deployment) => imageOf(deployment) === "genkitd:3");
    await were(5, 6);
  });

  await t.step(
    "a suspended server has no pods, and as many as the least when it goes on",
    async () => {
      await patch("gfl", "one", { spec: { suspend: true } });
      await settled((deployment) => replicasOf(deployment) === 0);
      await patch("gfl", "one", { spec: { suspend: false } });
      await settled((deployment) => replicasOf(deployment) === 3 && isHandedOver(deployment));
      await were(6, 0, 3);
    },
  );

  await t.step("without spec.autoscaling the Flow's own number counts again", async () => {
    await autoscale(8);
    await patch("gfl", "one", { spec: { autoscaling: null } });
    await settled((deployment) => replicasOf(deployment) === 5);
    await cluster.until(HorizontalPodAutoscaler, at("one"), (object) => object === undefined);
    await were(3, 8, 5);
  });

  await t.step("an autoscaler is followed that comes while the server is suspended", async () => {
    await patch("gfl", "one", { spec: { suspend: true } });
    await settled((deployment) => replicasOf(deployment) === 0);
    await apply([autoscaler]);
    await patch("gfl", "one", { spec: { suspend: false } });
    await settled((deployment) => replicasOf(deployment) === 2 && isHandedOver(deployment));
    await kubectl("delete", "hpa", "somebodys");
    await settled((deployment) => replicasOf(deployment) === 5);
    await were(5, 0, 2, 5);
  });

  await t.step("kubectl scale sets a Flow's number", async () => {
    await kubectl("scale", "gfl/one", "--replicas=4");
    await settled((deployment) => replicasOf(deployment) === 4);
    await were(5, 4);
    const group = `/apis/genkit.dev/v1alpha1/namespaces/${operated.namespace}`;
    const scale = JSON.parse(await kubectl("get", "--raw", `${group}/flows/one/scale`));
    assert.deepEqual(scale.status, {
      replicas: 4,
      selector: "app.kubernetes.io/managed-by=genkit-operator,genkit.dev/flow=one",
    });
  });

  await followed.stop();
});

interface Spec {
  replicas: number;
  template: { spec: { containers: { image: string }[] } };
}

function replicasOf({ spec }: KubernetesObject): number {
  return (spec as Spec).replicas;
}

function imageOf({ spec }: KubernetesObject): string {
  return (spec as Spec).template.spec.containers[0]!.image;
}

/** Whether the operator has the say over the number of pods. */
function isOurs({ metadata: { managedFields = [] } }: KubernetesObject): boolean {
  return managedFields.some(({ manager, fieldsV1 }) =>
    manager === FIELD_MANAGER && Object.hasOwn((fieldsV1?.["f:spec"] ?? {}) as object, "f:replicas")
  );
}
