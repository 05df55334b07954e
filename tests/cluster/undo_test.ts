/** How a wrong edit is taken back, with and without the operator (docs/operations.md). */
import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const objects = `
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: echo}, spec: {type: echo}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: main}, spec: {provider: echo, model: echo, pluginConfigRef: {name: echo}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Right {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: one}, spec: {image: "genkitd:1", replicas: 2, modelRef: {name: main}, promptRefs: [{name: hello}]}}
`;

Deno.test("a wrong edit is taken back", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, patch, at, kubectl } = operated;
  const { Flow } = customKinds;
  const deployments = await cluster.follow(resources.Deployment);
  const configMaps = await cluster.follow(resources.ConfigMap);
  /** The prompt that the Deployment's pods find. */
  const mounted = () => {
    const spec = JSON.stringify(deployments.get(at("one"))?.spec ?? {});
    const texts = configMaps.list(operated.namespace)
      .filter(({ metadata }) => spec.includes(`"${metadata.name}"`))
      .map(({ data }) => JSON.stringify(data));
    return texts.join().match(/Right|Wrong/)?.[0];
  };
  const replicas = () => (deployments.get(at("one"))!.spec as { replicas: number }).replicas;
  const serves = async (word: string) => {
    await cluster.when(() => mounted() === word);
    await cluster.until(Flow, at("one"), (flow) => ifTrue(flow, "Ready"));
    await cluster.caughtUp();
  };
  await apply(objects);
  let operator = await operated.operate();
  await serves("Right");
  await patch("prompt", "hello", { spec: { content: "Wrong {{name}}" } });
  await serves("Wrong");

  await t.step(
    "kubectl rollout undo holds while the operator is away: the content is there",
    async () => {
      await operator[Symbol.asyncDispose]();
      await kubectl("rollout", "undo", "deployment/one");
      await kubectl("rollout", "status", "deployment/one", "--timeout=1m");
      await cluster.when(() => mounted() === "Right");
    },
  );

  await t.step("and no longer: the objects say what is served", async () => {
    operator = await operated.operate();
    await serves("Wrong");
  });

  await t.step("the former object brings the former content, by the same name", async () => {
    const names = () => configMaps.list(operated.namespace).map(({ metadata }) => metadata.name);
    const before = names();
    await patch("prompt", "hello", { spec: { content: "Right {{name}}" } });
    await serves("Right");
    assert.deepEqual(names().filter((name) => !before.includes(name)), []);
  });

  await t.step("suspend stops the pods, and its end brings as many back", async () => {
    await patch("flow", "one", { spec: { suspend: true } });
    await cluster.when(() => replicas() === 0);
    await patch("flow", "one", { spec: { suspend: null } });
    await cluster.when(() => replicas() === 2);
    await serves("Right");
  });
});
