/**
 * 10,000 random objects of all kinds, valid and not, go through the operator from its watches to its
 * writes, against an API server in memory that lets everything in and fails now and then. SEED=<number>
 * runs a failed seed again.
 */
import assert from "assert";
import { keyText } from "../../../operator/engine/key.ts";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { startMemoryOperator } from "./memory_operator.ts";
import { randomObject } from "./random_object.ts";
import { seededRandom } from "./seeded_random.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const NAMESPACES = Array.from({ length: 20 }, (_, index) => `ns-${index}`);
const FAILURES = [409, 422, 403, 500, 429, 0];

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("operator: 10,000 random objects stop nothing", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  const clock = new ManualClock();
  let trouble = 0.02;
  const cluster = new MemoryCluster(() => {
    if (random() >= trouble) return undefined;
    return new ApiError("no", { status: FAILURES[Math.floor(random() * FAILURES.length)]! });
  });
  const operator = startMemoryOperator(cluster, clock, random);
  const { idle } = operator;
  /** Reconciles everything, though nothing changed. */
  const again = async () => {
    for (const namespace of NAMESPACES) {
      for (const kind of Object.keys(customKinds)) {
        for (const name of NAMES) operator.engine.requeue(keyText({ kind, namespace, name }));
      }
    }
    await idle();
  };
  try {
    for (const namespace of NAMESPACES) cluster.put(secretIn(namespace));
    await operator.start();
    for (let count = 0; count < 10_000; count++) {
      const [wrong, filled] = random() < 0.5 ? [0, 0.08] : [0.2, 0.3];
      const object = randomObject({ random, names: NAMES, wrong, filled });
      const namespace = NAMESPACES[Math.floor(random() * NAMESPACES.length)]!;
      const name = { namespace, name: object.metadata.name };
      if (random() < 0.05) cluster.remove(object.kind, name);
      else cluster.put({ ...object, metadata: name });
      if (count % 100 === 0) await settled();
    }
    for (const object of good()) cluster.put(object);
    await idle();
    trouble = 0;
    for (let wait = 0; wait < 5; wait++) {
      clock.advance(300_000);
      await idle();
    }
    assert.deepEqual([...operator.errors, ...operator.restarts].slice(0, 3), []);
    const deployments = (await cluster.list(resources.Deployment)).items.length;
    assert.ok(deployments > 20, `${deployments} servers are well: the objects meet`);

    const flow = { namespace: "good", name: "flow" };
    assert.ok(cluster.find("Deployment", flow), "a good Flow has its Deployment");
    const { conditions } = cluster.find("Flow", flow)!.status as { conditions: unknown[] };
    assert.equal(conditions.length, 2);

    // What pods tell of a change that was just made comes with the next look.
    for (let time = 0; time < 2; time++) await again();
    cluster.writes.length = 0;
    await again();
    assert.deepEqual(cluster.writes.slice(0, 5), [], "nothing is written where nothing changed");
  } catch (error) {
    throw new Error(`It failed with SEED=${seed}`, { cause: error });
  } finally {
    await operator.stop();
  }
});

function secretIn(namespace: string): KubernetesObject {
  const data = { GEMINI_API_KEY: btoa("key") };
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name: "a" }, data };
}

/** A Flow that nothing is wrong with, and what it needs. */
function good(): KubernetesObject[] {
  const modelSpec = { provider: "ollama", model: "llama", pluginConfigRef: { name: "flow" } };
  const prompts = [{ prompt: { name: "hello", content: "Hello {{name}}" } }];
  return [
    objectOf("PluginConfig", { type: "ollama" }, "flow"),
    objectOf("Flow", { image: "genkitd:1", modelSpec, prompts }, "flow"),
  ].map((object) => ({ ...object, metadata: { ...object.metadata, namespace: "good" } }));
}
