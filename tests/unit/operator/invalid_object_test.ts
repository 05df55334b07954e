/** Objects that do not fit their kind, since they are older than a rule, and those that refer to them. */
import assert from "assert";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import type { Condition } from "../../../shared/api/condition.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { startMemoryOperator } from "./memory_operator.ts";

const namespace = "demo";
const model = { provider: "ollama", model: "llama", pluginConfigRef: { name: "ollama" } };
const flow = {
  image: "genkitd:1",
  modelRef: { name: "llama" },
  promptRefs: [{ name: "hello" }],
};

Deno.test("operator: an object that is not valid is told as that in its own status and its referrers'", async () => {
  const cluster = new MemoryCluster();
  const operator = startMemoryOperator(cluster, new ManualClock(), () => 0);
  const put = (kind: string, spec: object, name: string) => {
    const object: KubernetesObject = objectOf(kind, spec, name);
    cluster.put({ ...object, metadata: { ...object.metadata, namespace } });
  };
  const said = (kind: string, name: string) => {
    const { status } = cluster.find(kind, { namespace, name })!;
    return (status as { conditions: Condition[] }).conditions
      .map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`);
  };
  try {
    await operator.start();
    put("PluginConfig", { type: "ollama" }, "ollama");
    put("Prompt", { content: "Hello {{name}}" }, "hello");
    put("Model", { ...model, provider: "" }, "llama");
    put("Flow", flow, "greeter");
    await operator.idle();
    const fault = "spec.provider: ";
    const [ready, stalled] = said("Model", "llama");
    assert.ok(ready!.startsWith(`Ready=False InvalidSpec: Model "llama": ${fault}`), `${ready}`);
    assert.ok(stalled!.startsWith("Stalled=True InvalidSpec: "), `${stalled}`);
    const [own, ...more] = said("Flow", "greeter");
    assert.ok(
      own!.startsWith(
        'Ready=False InvalidDependency: Flow "greeter": spec.modelRef.name: ' +
          `Model "llama" is not valid: ${fault}`,
      ),
      `${own}`,
    );
    assert.deepEqual(more, [], "its own edit is not what helps");
    assert.equal(cluster.find("Deployment", { namespace, name: "greeter" }), undefined);

    put("Model", model, "llama");
    await operator.idle();
    assert.match(said("Model", "llama")[0]!, /^Ready=True Accepted/);
    assert.ok(
      cluster.find("Deployment", { namespace, name: "greeter" }),
      `${said("Flow", "greeter")}`,
    );
    assert.deepEqual(operator.errors, []);
  } finally {
    await operator.stop();
  }
});
