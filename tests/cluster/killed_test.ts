/** An operator that is killed at any moment loses nothing and leaves nothing behind. */
import assert from "assert";
import { objectOf } from "../unit/api/objects.ts";
import { seededRandom } from "../unit/operator/seeded_random.ts";
import { startOperator } from "./operator_process.ts";
import { startTwoNamespaces } from "./two_namespaces.ts";

const CHANGES = 200;
const KILLS = 50;
const SEED = Number(Deno.env.get("SEED") ?? 20261121);
/** How long an operator lives at most, in milliseconds, and how many writes it begins. */
const LONGEST_LIFE = 2_000;
const MOST_WRITES = 12;
/** A Flow whose image an operator has to write, whatever else there is for it to write. */
const AWAITED = { modelRef: { name: "model-0" }, promptRefs: [{ name: "prompt-0" }] };

Deno.test(`operator: killed ${KILLS} times during ${CHANGES} changes (SEED=${SEED})`, async (t) => {
  await using two = await startTwoNamespaces();
  const { plane, apply, same } = two;
  const random = seededRandom(SEED);
  const pick = (count: number) => Math.floor(random() * count);
  const applyModel = (index: number) => {
    const spec = { provider: "echo", model: `m${pick(1000)}`, pluginConfigRef: { name: "echo" } };
    return apply(objectOf("Model", spec, `model-${index}`));
  };
  const applyPrompt = (index: number) =>
    apply(objectOf("Prompt", { content: `Hello ${pick(1000)} {{name}}` }, `prompt-${index}`));
  const change = async () => {
    const what = pick(10);
    if (what < 3) return await applyPrompt(pick(8));
    if (what < 5) return await applyModel(pick(3));
    const name = `flow-${pick(12)}`;
    if (what === 9) return await two.deleteFlow(name);
    const spec = {
      image: `genkitd:${pick(3)}`,
      replicas: pick(4),
      modelRef: { name: `model-${pick(3)}` },
      promptRefs: [{ name: `prompt-${pick(8)}` }],
      ...pick(2) === 0 && { podDisruptionBudget: {} },
    };
    await apply(objectOf("Flow", spec, name));
  };
  const start = () =>
    startOperator(plane.kubeconfig, ["--no-leader-elect", "--namespace", "storm"]);

  await apply(objectOf("PluginConfig", { type: "echo" }, "echo"));
  for (let index = 0; index < 3; index++) await applyModel(index);
  for (let index = 0; index < 8; index++) await applyPrompt(index);

  let amidWrites = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const starting = start();
    for (let each = 0; each < CHANGES / KILLS; each++) await change();
    const operator = await starting;
    // Most live until they write, however slow the machine is.
    if (pick(3) > 0) {
      await apply(objectOf("Flow", { ...AWAITED, image: `genkitd:life-${kill}` }, "awaited"));
      await operator.saw(writesSaid(1));
      amidWrites++;
    }
    const writes = operator.saw(writesSaid(1 + pick(MOST_WRITES)));
    await Promise.race([writes.catch(() => {}), pause(LONGEST_LIFE * random())]);
    await operator[Symbol.asyncDispose]();
  }

  await t.step(
    "half of them and more had begun to write, the rest were killed at any moment",
    () => {
      assert.ok(amidWrites >= KILLS / 2, `${amidWrites} of ${KILLS} had begun to write`);
    },
  );

  await t.step("the last one makes the same of it as one that was never disturbed", async () => {
    await using _operator = await start();
    await same();
  });

  await t.step("nothing is left over, once one has looked at what is as it should be", async () => {
    await using _operator = await start();
    await two.nothingLeftOver();
    await same();
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The log of an operator that has begun so many writes; it says so before it sends them. */
function writesSaid(count: number): RegExp {
  return new RegExp(`(?:"message":"(?:apply|create|delete)"[^]*?){${count}}`);
}
