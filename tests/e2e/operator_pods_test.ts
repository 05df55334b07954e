import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { clusterBinaries } from "../cluster/binaries.ts";
import { ClusterClient } from "../cluster/cluster_client.ts";
import { condition } from "../cluster/condition.ts";
import { startOperator } from "../cluster/operator_process.ts";
import { untilServed } from "../cluster/until_served.ts";
import { echoSample, SAMPLE_IMAGES } from "./cluster/echo_samples.ts";
import { oldRunner } from "./cluster/old_runner.ts";
import { startTestCluster } from "./cluster/test_cluster.ts";
import { testIsolated } from "./cluster/test_isolated.ts";

const DEPLOY = new URL("../../deploy/", import.meta.url).pathname;
const namespace = "default";
const at = (name: string) => ({ namespace, name });

testIsolated(
  import.meta,
  "operator: the pods of Flows and FlowSets answer, and no change loses a request",
  async (t) => {
    await using cluster = await startTestCluster();
    const { controlPlane: plane, images } = cluster;
    const { kubectl } = plane;
    for (const name of SAMPLE_IMAGES) images[name] = images["genkitd:test"]!;
    images["old-runner"] = await oldRunner();
    await kubectl(["apply", "--server-side", "-k", `${DEPLOY}crds`]);
    await untilServed(plane);
    await using seen = new ClusterClient(plane);
    await using operator = await startOperator(plane.kubeconfig, ["--watch-secrets"]);
    const ready = (kind: "Flow" | "FlowSet", name: string) =>
      seen.until(
        customKinds[kind],
        at(name),
        (object) =>
          condition(object, "Ready")?.status === "True" &&
          condition(object, "Ready")?.observedGeneration === object?.metadata.generation,
      );

    await t.step("the samples of genkit-operator 0.5.0 answer", async () => {
      await cluster.apply(...await echoSample("samples"));
      await kubectl(["wait", "--for=condition=Ready", "--timeout=2m", "flow/greeter"]);
      await kubectl(["wait", "--for=condition=Ready", "--timeout=2m", "flowset/greeting-suite"]);
      const greeter = await cluster.sliceClient({ namespace, service: "greeter" });
      assert.match((await greeter.post("/greeter", { name: "Ann" })).body, /Greet Ann/);
      assert.match((await greeter.post("/greeting", { name: "Ann" })).body, /Greet Ann/);
      const suite = await cluster.sliceClient({ namespace, service: "greeting-suite" });
      assert.match((await suite.post("/greeter-es", { name: "Ann" })).body, /Saluda a Ann/);
      assert.match((await suite.post("/greeter-en", { name: "Ann" })).body, /Hello Ann/);
    });

    await t.step(
      "the FlowSet of the pages answers, by its own spelling of references",
      async () => {
        await cluster.apply(...await echoSample("page"));
        await ready("FlowSet", "assistants");
        const set = await cluster.sliceClient({ namespace, service: "assistants" });
        assert.equal((await set.post("/greeter", { name: "Ann" })).status, 200);
      },
    );

    await cluster.apply(...busy());
    await ready("Flow", "busy");
    const client = await cluster.sliceClient({ namespace, service: "busy", lag: 1_000 });
    await client.endpoints.until((endpoints) => endpoints.length === 2);
    const load = client.load({ path: "/busy", body: { name: "Ann" } });
    await load.more(50);
    const edit = async (kind: string, name: string, spec: unknown) => {
      const patch = JSON.stringify({ spec });
      await kubectl(["patch", kind, name, "--type=merge", "-p", patch]);
    };
    /** Waits until only pods of the newest template serve, and the Flow says so. */
    const rolledOut = async (before: string[]) => {
      await client.endpoints.until((now) =>
        now.length > 0 && !now.some(({ pod }) => before.includes(pod))
      );
      await ready("Flow", "busy");
      for (const pod of before) {
        await kubectl(["wait", "--for=delete", "--timeout=2m", `pod/${pod}`]);
      }
    };
    const pods = () => client.endpoints.now().map(({ pod }) => pod);

    await t.step("an edit of a Prompt loses no request", async () => {
      const before = pods();
      await edit("gpr", "words", { content: "Bye {{name}}" });
      await rolledOut(before);
      assert.match((await client.post("/busy", { name: "Ann" })).body, /Bye Ann/);
      assert.deepEqual(load.failed, []);
    });

    await t.step("a rotated credential loses no request", async () => {
      const before = pods();
      await cluster.apply(credentials("two"));
      await rolledOut(before);
      assert.deepEqual(load.failed, []);
    });

    await t.step("another port loses no request", async () => {
      const before = pods();
      await edit("gfl", "busy", { port: 9090 });
      await rolledOut(before);
      assert.deepEqual(load.failed, []);
    });

    await t.step("a bad image loses no request, and the Flow says why", async () => {
      await edit("gfl", "busy", { image: "no-such-image" });
      await seen.until(
        customKinds.Flow,
        at("busy"),
        (flow) => /ErrImagePull|ImagePullBackOff/.test(condition(flow, "Ready")?.message ?? ""),
      );
      await load.more(100);
      await edit("gfl", "busy", { image: "genkitd:test" });
      await ready("Flow", "busy");
      assert.deepEqual(load.failed, []);
    });

    await t.step("a bad Prompt replaces nothing, and the Flow says which", async () => {
      const before = pods();
      await edit("gpr", "words", { content: "Bye {{name" });
      const flow = await seen.until(
        customKinds.Flow,
        at("busy"),
        (flow) => condition(flow, "Degraded")?.status === "True" ? flow : undefined,
      );
      assert.match(condition(flow, "Ready")!.message, /Prompt "words": spec\.content: /);
      await load.more(100);
      assert.deepEqual(pods().sort(), before.sort());
      await edit("gpr", "words", { content: "Hello {{name}}" });
      await seen.until(
        customKinds.Flow,
        at("busy"),
        (flow) => condition(flow, "Degraded") === undefined,
      );
      assert.deepEqual(load.failed, []);
    });

    await t.step("a scale-down loses no request", async () => {
      await kubectl(["scale", "--replicas=1", "flow/busy"]);
      await client.endpoints.until((now) => now.length === 1);
      await ready("Flow", "busy");
      await load.more(100);
      const { answered, failed } = await load.stop();
      assert.deepEqual(failed, []);
      assert.ok(answered > 500, `${answered} answers`);
    });

    await t.step(
      "a runner that answers no probe: spec.probes helps, and the status says so",
      async () => {
        await cluster.apply(flow("old", { image: "old-runner", env: [], probes: fast }));
        const old = await seen.until(
          customKinds.Flow,
          at("old"),
          (flow) => /spec\.probes/.test(condition(flow, "Ready")?.message ?? "") ? flow : undefined,
        );
        assert.match(condition(old, "Ready")!.message, /GET \/readyz on port 8080/);
        await edit("gfl", "old", { probes: { type: "TCP" } });
        await ready("Flow", "old");
        const client = await cluster.sliceClient({ namespace, service: "old" });
        assert.match((await client.post("/old", {})).body, /old runner/);
      },
    );

    await t.step("what is deleted takes its pods along", async () => {
      await kubectl(["delete", "flow/old"]);
      await seen.until(resources.Deployment, at("old"), (deployment) => deployment === undefined);
    });
    assert.equal(/"level":"error"/.test(operator.output()), false, operator.output());
  },
  { prepare: clusterBinaries },
);

const fast = { type: "HTTP", periodSeconds: 1, startupSeconds: 5 };

function credentials(value: string): unknown {
  const metadata = at("echo-keys");
  return { apiVersion: "v1", kind: "Secret", metadata, stringData: { ECHO_KEY: value } };
}

function object(kind: string, name: string, spec: unknown): unknown {
  return { apiVersion: "genkit.dev/v1alpha1", kind, metadata: at(name), spec };
}

function flow(name: string, spec: Record<string, unknown>): unknown {
  const rest = { modelRef: { name: "echo" }, promptRefs: [{ name: "words" }], ...spec };
  return object("Flow", name, { image: "genkitd:test", ...rest });
}

function busy(): unknown[] {
  const credentialsRef = { name: "echo-keys" };
  return [
    credentials("one"),
    object("PluginConfig", "echo-config", { type: "echo", credentialsRef }),
    object("Model", "echo", {
      provider: "echo",
      model: "echo",
      pluginConfigRef: { name: "echo-config" },
    }),
    object("Prompt", "words", { content: "Hello {{name}}" }),
    flow("busy", { replicas: 2 }),
  ];
}
