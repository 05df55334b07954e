/** Whatever befalls the API server, the operator comes to the same end as an undisturbed one. */
import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { startFaultyProxy } from "./faulty_proxy.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { startOperator } from "./operator_process.ts";
import { startTwoNamespaces } from "./two_namespaces.ts";

const NAMES = Array.from({ length: 10 }, (_, index) => `flow-${index}`);

Deno.test("operator: an API server with faults", async (t) => {
  await using two = await startTwoNamespaces();
  const { plane, cluster, both, same } = two;
  await using proxy = startFaultyProxy({ url: plane.url, ca: plane.ca });
  const kubeconfig = `${plane.folder}/proxied`;
  await Deno.writeTextFile(
    kubeconfig,
    kubeconfigOf({ url: proxy.url, token: plane.adminToken }),
  );
  const apply = (object: object & { metadata: object; kind: string }) =>
    both((namespace) =>
      cluster.api.apply(
        customKinds[object.kind as keyof typeof customKinds],
        { apiVersion: "", ...object, metadata: { name: "", ...object.metadata, namespace } },
        { fieldManager: "test", force: true },
      )
    );
  let edits = 0;
  /** Changes all Flows, through the Model that they share. */
  const edit = async () => {
    const pluginConfigRef = { name: "echo" };
    const model = `model-${++edits}-`;
    await apply(objectOf("Model", { provider: "echo", model, pluginConfigRef }, "shared"));
    return model;
  };
  await apply(objectOf("PluginConfig", { type: "echo" }, "echo"));
  await edit();
  await apply(objectOf("Prompt", { content: "Hello {{name}}" }, "hello"));
  for (const name of NAMES) {
    const spec = {
      image: "genkitd",
      modelRef: { name: "shared" },
      promptRefs: [{ name: "hello" }],
    };
    await apply(objectOf("Flow", spec, name));
  }
  await using _operator = await startOperator(kubeconfig, [
    "--no-leader-elect",
    "--namespace",
    "storm",
  ]);
  await same();

  const faults: [string, () => void | Promise<void>][] = [
    ["that restarts", () => plane.restartApiServer()],
    ["that takes 2 s a call", () => proxy.delay(2_000)],
    [
      "that is busy (429 with Retry-After)",
      () => proxy.fail({ status: 429, fraction: 0.5, retryAfter: 1, times: 60 }),
    ],
    ["that fails (500)", () => proxy.fail({ status: 500, fraction: 0.5, times: 60 })],
    ["that is not there (503)", () => proxy.fail({ status: 503, times: 40 })],
    [
      "that has a newer version (409)",
      () => proxy.fail({ status: 409, fraction: 0.5, times: 30, match: isWrite }),
    ],
    ["that forgot where we were (410)", () => proxy.expireWatches()],
    ["that drops all watches", () => proxy.dropWatches()],
    ["that writes nonsense into watches", () => proxy.sendInWatches('{"type":"MODIF')],
  ];
  for (const [name, fault] of faults) {
    await t.step(`one ${name}`, async () => {
      await fault();
      await same(await edit());
      proxy.heal();
    });
  }
  assert.equal(proxy.requests.some(({ verb }) => verb === "apply"), true);
});

function isWrite({ verb }: { verb: string }): boolean {
  return ["create", "apply", "patch", "update", "delete"].includes(verb);
}
