/**
 * Objects that were written before a rule: the API server keeps them, and the operator says of them,
 * and of what refers to them, what is wrong.
 */
import assert from "assert";
import { parse } from "yaml";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;

const apiVersion = "genkit.dev/v1alpha1";
const spec = { provider: "", model: "llama", pluginConfigRef: { name: "ollama" } };

const objects = (provider: string) => `
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: ollama}, spec: {type: ollama}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: llama}, spec: {provider: "${provider}", model: llama, pluginConfigRef: {name: ollama}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {image: "genkitd:1", modelRef: {name: llama}, promptRefs: [{name: hello}]}}
`;

Deno.test("operator: an object that is older than a rule", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { plane, cluster, apply, at } = operated;
  const { Flow, Model } = customKinds;
  const crd = parse(await Deno.readTextFile(`${CRDS}/genkit.dev_models.yaml`));
  await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: [withoutRules(crd)] });
  await plane.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  await apply(objects(""));
  await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: [crd] });
  const another = { apiVersion, kind: "Model", metadata: { name: "another" }, spec };
  await assert.rejects(apply([another]), /spec\.provider/, "the rule holds now");
  await operated.operate();

  await t.step("its own status says what is wrong", async () => {
    const model = await cluster.until(Model, at("llama"), (model) => ifTrue(model, "Stalled"));
    const { status, reason, message } = condition(model, "Ready")!;
    assert.deepEqual([status, reason], ["False", "InvalidSpec"]);
    assert.match(message, /^Model "llama": spec\.provider: /);
  });

  await t.step(
    "so does that of a Flow that refers to it, which does not call it missing",
    async () => {
      const { reason, message } = await cluster.until(
        Flow,
        at("greeter"),
        (flow) => condition(flow, "Ready"),
      );
      assert.equal(reason, "InvalidDependency");
      assert.match(message, /spec\.modelRef\.name: Model "llama" is not valid: spec\.provider: /);
    },
  );

  await t.step("mended, both are well", async () => {
    await apply(objects("ollama"));
    await cluster.until(Model, at("llama"), (model) => ifTrue(model, "Ready"));
    await cluster.until(Flow, at("greeter"), (flow) => ifTrue(flow, "Ready"));
    const { Deployment } = resources;
    await cluster.until(Deployment, at("greeter"), (deployment) => deployment);
  });
});

/** A CRD whose texts may be empty. */
function withoutRules<T>(crd: T): T {
  return JSON.parse(JSON.stringify(crd, (key, value) => key === "minLength" ? undefined : value));
}
