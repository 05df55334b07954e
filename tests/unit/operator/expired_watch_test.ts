/** Children that were written while the watch of their kind did not bring them, and then expired. */
import assert from "assert";
import type { KubernetesObject, ObjectName } from "../../../operator/kubernetes/object.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { type MemoryOperator, startMemoryOperator } from "./memory_operator.ts";

const name: ObjectName = { namespace: "demo", name: "greeter" };

function inDemo(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: "demo" } };
}

function flow(name: string): KubernetesObject {
  const modelSpec = { provider: "ollama", model: "llama", pluginConfigRef: { name: "ollama" } };
  const prompts = [{ prompt: { name: "hello", content: "Hello {{name}}" } }];
  return inDemo(objectOf("Flow", { image: "genkitd:1", modelSpec, prompts }, name));
}

/** Gives a cluster whose operator has made a Flow's children, of which no watch of Services told. */
async function written(
  use: (cluster: MemoryCluster, operator: MemoryOperator) => Promise<void>,
): Promise<void> {
  const cluster = new MemoryCluster();
  const operator = startMemoryOperator(cluster, new ManualClock(), () => 0);
  try {
    await operator.start();
    cluster.hold("Service");
    cluster.put(inDemo(objectOf("PluginConfig", { type: "ollama" }, "ollama")));
    cluster.put(flow(name.name));
    await operator.idle();
    assert.ok(cluster.writes.includes("apply Service demo/greeter"), `${cluster.writes}`);
    cluster.writes.length = 0;
    await use(cluster, operator);
    assert.deepEqual(operator.errors, []);
  } finally {
    await operator.stop();
  }
}

/** Ends the watch of Services, and waits for what comes of the list that follows. */
async function relist(cluster: MemoryCluster, operator: MemoryOperator): Promise<void> {
  cluster.expire("Service");
  await operator.idle();
  assert.deepEqual(operator.restarts, ["Service: Expired"]);
}

Deno.test("operator: a child that was deleted before a list could bring it is written again", () =>
  written(async (cluster, operator) => {
    cluster.remove("Service", name);
    await relist(cluster, operator);
    assert.deepEqual(cluster.writes, ["apply Service demo/greeter"]);
    assert.ok(cluster.find("Service", name));
  }));

Deno.test("operator: a child that the list brings is not written again", () =>
  written(async (cluster, operator) => {
    await relist(cluster, operator);
    assert.deepEqual(cluster.writes, []);
  }));

Deno.test("operator: a child that was written after the list was made is taken as there", () =>
  written(async (cluster, operator) => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const list = cluster.list;
    cluster.list = async (...of) => {
      const listed = await list(...of);
      asked.resolve();
      await answered.promise;
      return listed;
    };
    cluster.expire("Service");
    await asked.promise;
    cluster.hold("Service");
    cluster.put(flow("late"));
    await operator.idle();
    answered.resolve();
    await operator.idle();
    const services = cluster.writes.filter((write) => write.includes("Service"));
    assert.deepEqual(services, ["apply Service demo/late"]);
  }));
