/** Whose the children are: strangers' objects are left alone, and ours are kept as they should be. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { flowSetOf, objectOf } from "../unit/api/objects.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const inline = {
  image: "genkitd:1",
  modelSpec: { provider: "ollama", model: "llama", pluginConfigRef: { name: "ollama" } },
  prompts: [{ prompt: { name: "hello", content: "Hello {{name}}" } }],
};
const flow = (name: string) => objectOf("Flow", inline, name);
const plugin = objectOf("PluginConfig", { type: "ollama" }, "ollama");

const { Flow, FlowSet } = customKinds;
const { Deployment, Service, ConfigMap } = resources;

Deno.test("children and whose they are", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, patch, at, kubectl } = operated;
  for (const resource of [Deployment, Service, ConfigMap]) await cluster.follow(resource);
  const isReady = (name: string) =>
    cluster.until(Flow, at(name), (object) => ifTrue(object, "Ready"));
  await operated.operate();
  await apply([plugin, flow("healed")]);
  await isReady("healed");

  await t.step(
    "a stranger's object of a wanted name is refused, named, and left alone",
    async () => {
      // The same content has the same name in any namespace.
      await kubectl("create", "namespace", "elsewhere");
      const twins = [plugin, flow("of-config-map")].map((object) => ({
        ...object,
        metadata: { ...object.metadata, namespace: "elsewhere" },
      }));
      await operated.plane.kubectl(["apply", "-f", "-"], { input: twins });
      const twin = { namespace: "elsewhere", name: "of-config-map" };
      const [content] = contentOf(await cluster.until(Deployment, twin, (it) => it));
      const strangers = [
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: content! }, data: {} },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "of-service" },
          spec: { ports: [{ port: 80 }] },
        },
        deploymentNamed("of-deployment"),
      ];
      await apply(strangers);
      await apply(["of-config-map", "of-service", "of-deployment"].map(flow));
      for (const { kind, metadata: { name } } of strangers) {
        const owner = kind === "ConfigMap" ? "of-config-map" : name;
        const refused = await cluster.until(Flow, at(owner), (object) => {
          const ready = condition(object, "Ready");
          return ready?.reason === "NameTaken" ? ready : undefined;
        });
        assert.equal(
          refused.message,
          `Cannot make ${kind} "demo/${name}": an object of that name is there and is not ` +
            "controlled by anything; it should be removed or renamed",
        );
        const resource = { ConfigMap, Service, Deployment }[kind]!;
        const there = await cluster.api.get(resource, at(name));
        assert.deepEqual(managers(there!), ["kubectl"], "nobody else wrote it");
      }
      await kubectl("delete", "configmap", content!);
      await kubectl("delete", "service", "of-service");
      await kubectl("delete", "deployment", "of-deployment");
    },
  );

  await t.step("what is changed by hand in the fields that we own is put right", async () => {
    const { uid } = (await cluster.api.get(Deployment, at("healed")))!.metadata;
    await kubectl("set", "image", "deployment/healed", "flow=other:1");
    await cluster.until(
      Deployment,
      at("healed"),
      (object) => templateOf(object).spec.containers[0]!.image === "genkitd:1",
    );
    await kubectl("scale", "deployment/healed", "--replicas=3");
    await cluster.until(
      Deployment,
      at("healed"),
      (object) => (object!.spec as { replicas: number }).replicas === 1,
    );
    await patch("service", "healed", { spec: { ports: [{ name: "http", port: 99 }] } });
    await cluster.until(Service, at("healed"), (object) => portOf(object) === 8080);
    await patch("gfl", "healed", { spec: { port: 9090 } });
    await cluster.until(Service, at("healed"), (object) => portOf(object) === 9090);
    const [content] = contentOf(await cluster.until(Deployment, at("healed"), (it) => it));
    for (const [resource, name] of [[ConfigMap, content!], [Service, "healed"]] as const) {
      const before = (await cluster.api.get(resource, at(name)))!.metadata.uid;
      await cluster.api.delete(resource, at(name));
      await cluster.until(
        resource,
        at(name),
        (object) => object !== undefined && object.metadata.uid !== before,
      );
    }
    await isReady("healed");
    assert.equal((await cluster.api.get(Deployment, at("healed")))!.metadata.uid, uid);
  });

  await t.step("what others add stays", async () => {
    await kubectl("label", "deployment/healed", "team=a");
    await kubectl("annotate", "service/healed", "team=a");
    await kubectl("rollout", "restart", "deployment/healed");
    await patch("gfl", "healed", { spec: { image: "genkitd:2" } });
    await cluster.until(
      Deployment,
      at("healed"),
      (object) => templateOf(object).spec.containers[0]!.image === "genkitd:2",
    );
    await isReady("healed");
    const deployment = (await cluster.api.get(Deployment, at("healed")))!;
    assert.equal(deployment.metadata.labels?.team, "a");
    const { annotations } = templateOf(deployment).metadata;
    assert.ok(annotations["kubectl.kubernetes.io/restartedAt"]);
    assert.equal((await cluster.api.get(Service, at("healed")))!.metadata.annotations?.team, "a");
  });

  await t.step(
    "a Flow that is deleted and made again at once gets children of its own",
    async () => {
      const before = (await cluster.api.get(Flow, at("healed")))!.metadata.uid;
      await kubectl("delete", "gfl", "healed", "--wait=false");
      await apply([flow("healed")]);
      const { metadata } = await isReady("healed");
      assert.notEqual(metadata.uid, before);
      for (const resource of [Deployment, Service]) {
        const child = (await cluster.api.get(resource, at("healed")))!;
        assert.deepEqual(child.metadata.ownerReferences?.map(({ uid }) => uid), [metadata.uid]);
      }
    },
  );

  await t.step("of a Flow and a FlowSet of one name the older has the children", async () => {
    const { image, ...one } = inline;
    const set = { ...flowSetOf({}), metadata: { name: "healed" } };
    await apply([{ ...set, spec: { image, flows: [{ name: "part", ...one }] } }]);
    const stalled = await cluster.until(
      FlowSet,
      at("healed"),
      (object) => ifTrue(object, "Stalled"),
    );
    const { reason, message } = condition(stalled, "Ready")!;
    assert.equal(reason, "NameTaken");
    assert.match(message, /the Flow "healed" is older/);
    await isReady("healed");
    await kubectl("delete", "gfl", "healed");
    const { metadata: { uid } } = await cluster.until(
      FlowSet,
      at("healed"),
      (object) => ifTrue(object, "Ready"),
    );
    const child = (await cluster.api.get(Deployment, at("healed")))!;
    assert.equal(child.metadata.ownerReferences?.[0]?.uid, uid);
  });

  await t.step("a name that a stranger has given up is taken", async () => {
    for (const name of ["of-config-map", "of-service", "of-deployment"]) await isReady(name);
  });
});

interface Template {
  metadata: { annotations: Record<string, string> };
  spec: {
    containers: { image: string }[];
    volumes: { projected?: { sources: { configMap?: { name: string } }[] } }[];
  };
}

function templateOf(deployment: KubernetesObject | undefined): Template {
  return (deployment!.spec as { template: Template }).template;
}

/** The ConfigMaps that a server's pods mount. */
function contentOf(deployment: KubernetesObject): string[] {
  const sources = templateOf(deployment).spec.volumes[0]!.projected!.sources;
  return sources.flatMap(({ configMap }) => configMap?.name ?? []);
}

function portOf(service: KubernetesObject | undefined): number | undefined {
  return (service?.spec as { ports: { port: number }[] } | undefined)?.ports[0]?.port;
}

/** Who wrote an object, its status apart. */
function managers({ metadata: { managedFields = [] } }: KubernetesObject): string[] {
  return managedFields.filter(({ subresource }) => !subresource)
    .map(({ manager = "" }) => manager)
    .filter((manager) => manager !== "kube-controller-manager");
}

function deploymentNamed(name: string) {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: "web", image: "web" }] },
  };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
}
