/**
 * Random objects, as far as a real API server lets them in, stop nothing. SEED=<number> runs a failed
 * seed again; tests/unit/operator/fuzz_test.ts tries many more without an API server.
 */
import assert from "assert";
import { ApiError } from "../../operator/kubernetes/api_error.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { randomObject } from "../unit/operator/random_object.ts";
import { seededRandom } from "../unit/operator/seeded_random.ts";
import { ClusterClient } from "./cluster_client.ts";
import { condition } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const NAMES = ["a", "b", "c", "d"];
const COUNT = 600;
const AT_ONCE = 8;

Deno.test("operator: random objects stop nothing", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = seededRandom(seed);
  await using operated = await startOperatedCluster();
  const { cluster, apply, at, namespace } = operated;
  const operator = await operated.operate();
  // What the API server cannot take is an answer, too.
  await using once = new ClusterClient(operated.plane, { tries: 1 });
  let [accepted, refused] = [0, 0];
  const put = async () => {
    const [wrong, filled] = random() < 0.7 ? [0, 0.08] : [0.2, 0.3];
    const { metadata, ...object } = randomObject({ random, names: NAMES, wrong, filled });
    const resource = customKinds[object.kind as keyof typeof customKinds];
    if (random() < 0.05) return void await cluster.api.delete(resource, at(metadata.name));
    try {
      const named = { ...object, metadata: { ...metadata, namespace } };
      await once.api.apply(resource, named, { fieldManager: "fuzz", force: true });
      accepted++;
    } catch (error) {
      const { status } = error as ApiError;
      // Another write of the same object was faster.
      if (status === 409) return;
      if (status !== 400 && status !== 422 && status !== 500) throw error;
      refused++;
    }
  };
  try {
    for (let count = 0; count < COUNT; count += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, put));
    }
    assert.ok(accepted > 100 && refused > 50, `${accepted} accepted, ${refused} refused`);
    const modelSpec = { provider: "ollama", model: "llama", pluginConfigRef: { name: "good" } };
    const prompts = [{ prompt: { name: "hello", content: "Hello {{name}}" } }];
    await apply([
      objectOf("PluginConfig", { type: "ollama" }, "good"),
      objectOf("Flow", { image: "genkitd:1", modelSpec, prompts }, "good"),
    ]);
    await cluster.until(customKinds.Flow, at("good"), (flow) => condition(flow, "Reconciling"));
    await cluster.until(resources.Deployment, at("good"), (deployment) => deployment);
    assert.doesNotMatch(operator.output(), /"message":"failed".*/);
    operator.kill("SIGTERM");
    assert.equal((await operator.ended).code, 0);
  } catch (error) {
    throw new Error(`It failed with SEED=${seed}`, { cause: error });
  }
});
