/**
 * What happens to servers when an object that they use goes away or cannot be used, with an operator
 * that reads Secrets by their names and does not watch them.
 */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { CREDENTIALS_HASH } from "../../operator/render/names.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { condition, ifTrue } from "./condition.ts";
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
  const { Flow, FlowSet } = customKinds;
  const deployments = await cluster.follow(resources.Deployment);
  const configMaps = await cluster.follow(resources.ConfigMap);
  const specOf = (name: string) => deployments.get(at(name))!.spec!;
  const ready = async () => {
    await cluster.until(Flow, at("one"), (flow) => ifTrue(flow, "Ready"));
    await cluster.until(FlowSet, at("set"), (set) => ifTrue(set, "Ready"));
    await cluster.caughtUp();
  };
  /** What the pods of a server find below /genkit, as one text. */
  const contentOf = (name: string) => {
    const text = JSON.stringify(specOf(name));
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
      const before = specOf(server);
      const object = await cluster.api.get(customKinds[kind], at(name));
      await kubectl("delete", plural, name);
      const flow = await cluster.until(
        Flow,
        at(server),
        (flow) => ifTrue(flow, "Degraded"),
      );
      const { status, reason, message } = condition(flow, "Ready")!;
      assert.deepEqual([status, reason], ["False", "MissingDependency"]);
      assert.match(message, RegExp(`${kind} "${name}" is not found`));
      assert.equal(condition(flow, "Stalled"), undefined);
      assert.deepEqual(specOf(server), before);
      const { apiVersion, spec } = object!;
      await apply([{ apiVersion, kind, metadata: { name }, spec }]);
      await ready();
      assert.deepEqual(specOf(server), before);
    });
  }

  await t.step("a flow of a FlowSet that cannot be served stays as it is", async () => {
    await kubectl("delete", "prompt", "bye");
    await patch("gpr", "hello", { spec: { content: "Hi {{name}}" } });
    const set = await cluster.until(FlowSet, at("set"), (set) => {
      const { flows } = set!.status as FlowSetStatus;
      return contentOf("set").includes("Hi {{name}}") && isRolledOut(deployments.get(at("set"))!) &&
          flows[0]!.ready && flows[0]!.message === undefined
        ? ifTrue(set, "Degraded")
        : undefined;
    });
    assert.ok(contentOf("set").includes("Bye {{name}}"));
    assert.equal(condition(set, "Stalled"), undefined);
    const [, part] = (set.status as FlowSetStatus).flows;
    assert.deepEqual([part!.ready, part!.phase], [false, "Running"]);
    assert.match(part!.message!, /^serves as it last did; .*Prompt "bye" is not found/);
    await apply(objects);
    await cluster.when(() =>
      ["one", "set"].every((name) =>
        contentOf(name).includes("Hello {{name}}") && isRolledOut(deployments.get(at(name))!)
      ) && contentOf("set").includes("Bye {{name}}")
    );
    await ready();
  });

  await t.step("a Secret's new value is seen at once where what refers to it changes", async () => {
    const [one, set] = ["one", "set"].map((name) => () => deployments.get(at(name)));
    const [hash, count] = [annotation(one!(), CREDENTIALS_HASH), revision(one!())];
    const others = revision(set!());
    await patch("secret", "key", { stringData: { GEMINI_API_KEY: "a2" } });
    await patch("gpc", "gemini", { spec: { extraConfig: { baseURL: "http://new.example" } } });
    await cluster.when(() => revision(one!()) > count, one);
    // With the edit's rollout, not with one of its own later.
    assert.notEqual(annotation(one!(), CREDENTIALS_HASH), hash);
    await cluster.when(() => revision(set!()) > others && isRolledOut(set!()!), set);
    await cluster.when(() => isRolledOut(one!()!), one);
    await ready();
  });

  await t.step("a Secret that goes away replaces no pods; its flows say so", async () => {
    const before = ["one", "set"].map(specOf);
    await kubectl("delete", "secret", "key");
    // Nobody tells of Secrets: an edit that changes nothing else makes the operator look.
    await patch("gpr", "hello", { spec: { description: "looks" } });
    for (const [kind, name] of [[Flow, "one"], [FlowSet, "set"]] as const) {
      const server = await cluster.until(kind, at(name), (server) => ifTrue(server, "Degraded"));
      const { reason, message } = condition(server, "Ready")!;
      assert.equal(reason, "MissingDependency");
      assert.match(message, /Secret "key" is not found/);
    }
    assert.deepEqual(["one", "set"].map(specOf), before);
    await apply(objects);
    await patch("gpr", "hello", { spec: { description: "looks again" } });
    await ready();
  });
});

interface FlowSetStatus {
  flows: { name: string; ready: boolean; phase: string; message?: string }[];
}

function annotation(deployment: KubernetesObject | undefined, name: string): string | undefined {
  const { template } = deployment!.spec as { template: { metadata: KubernetesObject["metadata"] } };
  return template.metadata.annotations?.[name];
}

/** Whether all pods of a Deployment are of its newest template, and ready. */
function isRolledOut({ metadata, spec, status }: KubernetesObject): boolean {
  const { replicas = 1 } = (spec ?? {}) as { replicas?: number };
  const seen = (status ?? {}) as Record<string, number | undefined>;
  return seen.observedGeneration === metadata.generation && seen.replicas === replicas &&
    seen.updatedReplicas === replicas && seen.availableReplicas === replicas;
}

/** How often a Deployment's pods have been replaced. */
function revision(deployment: KubernetesObject | undefined): number {
  return Number(deployment!.metadata.annotations!["deployment.kubernetes.io/revision"]);
}
