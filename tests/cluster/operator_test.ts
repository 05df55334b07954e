import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { ClusterClient } from "./cluster_client.ts";
import { condition } from "./condition.ts";
import { startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const at = (name: string, namespace = "default") => ({ name, namespace });

const objects = `
{apiVersion: v1, kind: Secret, metadata: {name: gemini}, stringData: {GEMINI_API_KEY: abc}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: googleai}, spec: {type: googleai, credentialsRef: {name: gemini}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: flash}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: googleai}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: greeting}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {image: "genkitd:1", modelRef: {name: flash}, prompts: [{promptRef: {name: greeting}}]}}
`;

Deno.test("operator: on a real API server", async (t) => {
  await using plane = await startControlPlane();
  await plane.kubectl(["apply", "--server-side", "-f", CRDS]);
  await untilServed(plane);
  await using cluster = new ClusterClient(plane);
  await using operator = await startOperator(plane.kubeconfig);
  await operator.saw(/"message":"leading"/);
  const { kubectl } = plane;
  const deployments = await cluster.follow(resources.Deployment);

  await t.step("a Flow gets its content, Service and Deployment", async () => {
    await kubectl(["apply", "-f", "-"], { input: objects });
    await cluster.until(customKinds.Flow, at("greeter"), (flow) => condition(flow, "Ready"));
    // Another watch, which may bring it later.
    const deployment = await cluster.when(() => deployments.get(at("greeter")));
    assert.equal(deployment.metadata.ownerReferences?.[0]?.kind, "Flow");
  });

  await t.step("an edit of a Prompt changes the content's name", async () => {
    const before = hashOf(deployments.get(at("greeter")));
    const patch = JSON.stringify({ spec: { content: "Hi {{name}}" } });
    await kubectl(["patch", "gpr", "greeting", "--type=merge", "-p", patch]);
    await cluster.when(() => hashOf(deployments.get(at("greeter"))) !== before);
  });

  await t.step("probes and metrics answer", async () => {
    assert.equal((await (await fetch(`${operator.probes}/readyz`)).text()).trim(), "ok");
    // The operator's own watch brings the status that it wrote.
    const text = await operator.shows(/genkitd_objects\{kind="Flow",ready="False"\} 1/);
    assert.match(text, /genkitd_leader 1/);
  });

  await t.step("it ends cleanly and gives the lease back", async () => {
    operator.kill("SIGTERM");
    assert.equal((await operator.ended).code, 0, operator.output());
    const lease = await cluster.api.get(resources.Lease, at("genkitd-operator"));
    assert.equal((lease!.spec as { holderIdentity?: string }).holderIdentity ?? "", "");
  });
});

function hashOf(deployment: KubernetesObject | undefined): string | undefined {
  // deno-lint-ignore no-explicit-any -- a Deployment has no type here
  const template = (deployment?.spec as any)?.template;
  return template?.metadata?.annotations?.["genkit.dev/content-hash"];
}
