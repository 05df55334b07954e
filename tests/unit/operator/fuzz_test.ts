/**
 * 10,000 random objects of all kinds, valid and not, go through the operator from its watches to its
 * writes, against an API server in memory that lets everything in and fails now and then. SEED=<number>
 * runs a failed seed again.
 */
import assert from "assert";
import { ClusterView, INDEXED_LABELS } from "../../../operator/cluster_view.ts";
import { controllers } from "../../../operator/controllers/controllers.ts";
import { RolloutQueue } from "../../../operator/controllers/rollout_queue.ts";
import { Engine } from "../../../operator/engine/engine.ts";
import { keyText } from "../../../operator/engine/key.ts";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { FIELD_MANAGER } from "../../../operator/render/names.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { createLog } from "../../../shared/log.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { randomObject } from "./random_object.ts";
import { seededRandom } from "./seeded_random.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const NAMESPACES = Array.from({ length: 20 }, (_, index) => `ns-${index}`);
const FAILURES = [409, 422, 403, 500, 429, 0];

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** An operator over a cluster in memory. */
function startOperator(cluster: MemoryCluster, clock: ManualClock, random: () => number) {
  const over = new AbortController();
  const errors: unknown[] = [];
  const log = createLog({ format: "text", level: "error", write: () => {} });
  const view = new ClusterView({
    client: cluster,
    namespace: undefined,
    watchSecrets: true,
    clock,
    random,
    log,
    onRestart: (kind, reason) => errors.push(`${kind}: ${reason}`),
  });
  const rollouts: RolloutQueue = new RolloutQueue({ max: 0, onTurn: (key) => engine.requeue(key) });
  const engine: Engine = new Engine({
    client: cluster,
    controllers: controllers({ rollouts, now: () => 0 }),
    stores: view.stores,
    labels: INDEXED_LABELS,
    manager: FIELD_MANAGER,
    workers: 16,
    clock,
    now: () => 0,
    random,
    secretsAreWatched: true,
    notify: () => {},
    onGone: (key) => rollouts.forget(key),
    onReconciled: () => {},
    onError: (key, error) => {
      if (!(error instanceof ApiError)) errors.push(`${key}: ${(error as Error).stack}`);
    },
    onWrite: () => {},
  });
  const following = view.run(over.signal);
  return {
    engine,
    /** What went wrong and is no answer of the API server. */
    errors,
    start: async () => {
      await view.synced();
      view.tell(engine);
      engine.start();
    },
    stop: async () => {
      over.abort();
      await engine.stop();
      await following;
    },
  };
}

Deno.test("operator: 10,000 random objects stop nothing", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  const clock = new ManualClock();
  let trouble = 0.02;
  const cluster = new MemoryCluster(() => {
    if (random() >= trouble) return undefined;
    return new ApiError("no", { status: FAILURES[Math.floor(random() * FAILURES.length)]! });
  });
  const operator = startOperator(cluster, clock, random);
  const idle = async () => {
    for (let quiet = 0; quiet < 5;) {
      await settled();
      quiet = operator.engine.queue.depth === 0 ? quiet + 1 : 0;
    }
  };
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
    assert.deepEqual(operator.errors.slice(0, 3), []);
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
