/** An edit that many servers share reaches them in turns, and is held back where it breaks them. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { Flow } = customKinds;
const { Deployment } = resources;
const NAMES = ["a", "b", "c", "d", "e", "f"];

const model = (name: string) => ({
  provider: "echo",
  model: name,
  pluginConfigRef: { name: "echo" },
});
/** On a busy machine a rollout takes longer than one that is to fail should have. */
const flow = (name: string, progressDeadlineSeconds = 600) =>
  objectOf("Flow", {
    image: "genkitd:1",
    progressDeadlineSeconds,
    modelRef: { name: "shared" },
    prompts: [{ prompt: { name: "hello", content: "Hello {{name}}" } }],
  }, name);

Deno.test("rollouts take turns", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, patch, at, pods } = operated;
  const flows = await cluster.follow(Flow);
  const deployments = await cluster.follow(Deployment);
  const all = () => NAMES.map((name) => flows.get(at(name)));
  const reasons = () => all().map((flow) => condition(flow, "Ready")?.reason);
  const settled = async () => {
    await cluster.when(() => all().every((flow) => ifTrue(flow, "Ready")), reasons);
    await cluster.caughtUp();
  };
  const hashes = () => NAMES.map((name) => hashOf(deployments.get(at(name))));
  /** How many Deployments have other content than before. */
  const changed = (before: unknown[]) =>
    hashes().filter((hash, index) => hash !== before[index]).length;
  const operator = await operated.operate("--max-rollouts", "1");
  await apply([
    objectOf("PluginConfig", { type: "echo" }, "echo"),
    objectOf("Model", model("one"), "shared"),
    ...NAMES.map((name) => flow(name)),
  ]);
  await settled();

  await t.step("one at a time: the next begins when the one before is complete", async () => {
    pods!.hold();
    const before = hashes();
    await patch("gmd", "shared", { spec: model("two") });
    await cluster.when(() => reasons().filter((reason) => reason === "RolloutQueued").length === 5);
    await cluster.when(() => changed(before) === 1);
    pods!.release();
    await settled();
    assert.equal(changed(before), 6);
  });

  await t.step(
    "after three that failed in a row, the others are held back and serve on",
    async () => {
      await apply(NAMES.map((name) => flow(name, 2)));
      await settled();
      const before = hashes();
      pods!.hold();
      await patch("gmd", "shared", { spec: model("bad") });
      await cluster.when(() =>
        reasons().filter((reason) => reason === "RolloutHalted").length === 3
      );
      const halted = all().find((flow) => condition(flow, "Ready")?.reason === "RolloutHalted");
      assert.match(condition(halted, "Ready")!.message, /Model\/demo\/shared changed/);
      await cluster.when(() =>
        all().filter((flow) => condition(flow, "Stalled")?.reason === "ProgressDeadlineExceeded")
          .length === 3
      );
      await cluster.caughtUp();
      assert.equal(changed(before), 3);
    },
  );

  await t.step("another edit of the same object goes on, to all of them", async () => {
    pods!.release();
    await apply(NAMES.map((name) => flow(name)));
    await patch("gmd", "shared", { spec: model("good") });
    await settled();
    assert.equal(new Set(hashes()).size, NAMES.length);
  });
  assert.equal(/"level":"error"/.test(operator.output()), false, operator.output());
});

function hashOf(deployment: KubernetesObject | undefined): string | undefined {
  const { template } = deployment?.spec as {
    template: { metadata: { annotations: Record<string, string> } };
  };
  return template.metadata.annotations["genkit.dev/content-hash"];
}
