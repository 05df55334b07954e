/**
 * What happens to servers when an object that they use goes away or cannot be used, with an operator
 * that reads Secrets by their names and does not watch them.
 */
import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { condition, isTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const objects = `
{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {GEMINI_API_KEY: a1}}
---
{apiVersion: v1, kind: Secret, metadata: {name: headers}, stringData: {authorization: h1}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: gemini}, spec: {type: googleai, credentialsRef: {name: key}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: flash}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: gemini}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: bye}, spec: {content: "Bye {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Tool, metadata: {name: clock}, spec: {definition: {name: clock, description: "Tells the time", inputSchema: {type: object}}, implementation: {http: {url: "http://clock.example", headersSecretRef: {name: headers}}}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: one}, spec: {image: "genkitd:1", modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}], tools: [{name: clock}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: FlowSet, metadata: {name: set}, spec: {image: "genkitd:1", flows: [{name: greet, modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}]}, {name: part, modelRef: {name: flash}, prompts: [{promptRef: {name: bye}}]}]}}
`;

Deno.test("objects that servers use go away", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, patch, at, kubectl } = operated;
  const { Flow, FlowSet, Tool } = customKinds;
  const deployments = await cluster.follow(resources.Deployment);
  const configMaps = await cluster.follow(resources.ConfigMap);
  const template = (name: string) => deployments.get(at(name))!.spec!;
  const ready = async () => {
    await cluster.until(Flow, at("one"), (flow) => isTrue(flow, "Ready"));
    await cluster.until(FlowSet, at("set"), (set) => isTrue(set, "Ready"));
  };
  /** What the pods of a server find below /genkit, as one text. */
  const contentOf = (name: string) => {
    const text = JSON.stringify(template(name));
    return configMaps.list(operated.namespace)
      .filter(({ metadata, immutable }) => immutable && text.includes(`"${metadata.name}"`))
      .map(({ data }) => JSON.stringify(data)).join();
  };

  await apply(objects);
  await operated.operate();
  await ready();

  const uses = [
    ["prompt", "hello", "Prompt", "one"],
    ["model", "flash", "Model", "one"],
    ["pluginconfig", "gemini", "PluginConfig", "one"],
    ["tool", "clock", "Tool", "one"],
  ] as const;
  for (const [plural, name, kind, server] of uses) {
    await t.step(`a ${kind}: its Flow serves on, is degraded and says so; then heals`, async () => {
      const before = template(server);
      const object = await cluster.api.get(customKinds[kind], at(name));
      await kubectl("delete", plural, name);
      const flow = await cluster.until(
        Flow,
        at(server),
        (flow) => isTrue(flow, "Degraded") && flow,
      );
      const { status, reason, message } = condition(flow, "Ready")!;
      assert.deepEqual([status, reason], ["False", "MissingDependency"]);
      assert.match(message, RegExp(`${kind} "${name}" (is )?not found`));
      assert.equal(condition(flow, "Stalled"), undefined);
      assert.deepEqual(template(server), before);
      const { apiVersion, spec } = object!;
      await apply([{ apiVersion, kind, metadata: { name }, spec }]);
      await ready();
      assert.deepEqual(template(server), before);
    });
  }

  await t.step(
    "one flow of a FlowSet cannot be served: the others are changed, it stays",
    async () => {
      await kubectl("delete", "prompt", "bye");
      await patch("gpr", "hello", { spec: { content: "Hi {{name}}" } });
      const set = await cluster.until(
        FlowSet,
        at("set"),
        (set) => isTrue(set, "Degraded") && contentOf("set").includes("Hi {{name}}") && set,
      );
      assert.ok(contentOf("set").includes("Bye {{name}}"));
      assert.equal(condition(set, "Stalled"), undefined);
      const settled = await cluster.until(FlowSet, at("set"), (set) => {
        const flows = (set?.status as { flows: { name: string; ready: boolean }[] }).flows;
        return flows[0]!.ready && flows;
      });
      const [greet, part] = settled as { ready: boolean; phase: string; message?: string }[];
      assert.equal(greet!.message, undefined);
      assert.deepEqual([part!.ready, part!.phase], [false, "Running"]);
      assert.match(part!.message!, /serves as it last did; Prompt "bye" (is )?not found/);
      await apply(objects);
      await ready();
    },
  );
});
