/** An operator that is killed at any moment loses nothing and leaves nothing behind. */
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { startOperator } from "./operator_process.ts";
import { startTwoNamespaces } from "./two_namespaces.ts";

const CHANGES = 200;
const KILLS = 50;
const SEED = Number(Deno.env.get("SEED") ?? 20261121);

Deno.test(`operator: killed ${KILLS} times during ${CHANGES} changes (SEED=${SEED})`, async () => {
  await using two = await startTwoNamespaces();
  const { plane, cluster, both, same } = two;
  const random = seeded(SEED);
  const pick = (count: number) => Math.floor(random() * count);
  const apply = (object: object & { metadata: object; kind: string }) =>
    both((namespace) =>
      cluster.api.apply(
        customKinds[object.kind as keyof typeof customKinds],
        { apiVersion: "", ...object, metadata: { name: "", ...object.metadata, namespace } },
        { fieldManager: "test", force: true },
      )
    );
  const model = () => ({
    provider: "echo",
    model: `m${pick(1000)}`,
    pluginConfigRef: { name: "echo" },
  });
  const flow = () => ({
    image: `genkitd:${pick(3)}`,
    replicas: pick(4),
    modelRef: { name: `model-${pick(3)}` },
    promptRefs: [{ name: `prompt-${pick(8)}` }],
    ...pick(2) === 0 && { podDisruptionBudget: {} },
  });
  const change = async () => {
    const what = pick(10);
    if (what < 3) {
      const content = `Hello ${pick(1000)} {{name}}`;
      return await apply(objectOf("Prompt", { content }, `prompt-${pick(8)}`));
    }
    if (what < 5) return await apply(objectOf("Model", model(), `model-${pick(3)}`));
    const name = `flow-${pick(12)}`;
    if (what < 9) return await apply(objectOf("Flow", flow(), name));
    await both((namespace) => cluster.api.delete(customKinds.Flow, { namespace, name }));
    // No garbage collector runs here: what the Flow owned is taken away for it.
    await both(async (namespace) => {
      const labels = ["-l", `genkit.dev/flow=${name}`, "-n", namespace];
      await plane.kubectl(["delete", "deploy,svc,cm,pdb", ...labels, "--wait=false"]);
    });
  };
  await apply(objectOf("PluginConfig", { type: "echo" }, "echo"));
  for (let index = 0; index < 3; index++) {
    await apply(objectOf("Model", model(), `model-${index}`));
  }
  for (let index = 0; index < 8; index++) {
    await apply(objectOf("Prompt", { content: `Hello ${index}` }, `prompt-${index}`));
  }
  const start = () =>
    startOperator(plane.kubeconfig, ["--no-leader-elect", "--namespace", "storm"]);
  for (let kill = 0; kill < KILLS; kill++) {
    const operator = await start();
    for (let each = 0; each < CHANGES / KILLS; each++) await change();
    // At any moment of its work, or of its start.
    await new Promise((resolve) => setTimeout(resolve, random() * 300));
    await operator[Symbol.asyncDispose]();
  }
  await using _operator = await start();
  await same();
});

/** A small generator of the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed % 0x7fffffff;
  return () => (state = state * 48271 % 0x7fffffff) / 0x7fffffff;
}
