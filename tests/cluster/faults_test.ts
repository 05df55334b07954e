/** Whatever befalls the API server, the operator comes to the same end as an undisturbed one. */
import assert from "assert";
import { objectOf } from "../unit/api/objects.ts";
import type { ApiRequest } from "./api_request.ts";
import { startFaultyProxy } from "./faulty_proxy.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { startOperator } from "./operator_process.ts";
import { startTwoNamespaces } from "./two_namespaces.ts";

const FLOWS = 10;

/** Something that befalls the API server. */
interface Fault {
  name: string;
  begin(): void | Promise<void>;
  /** Whether the operator has met it, by its requests since it began. */
  met(counts: Record<string, number>): boolean;
}

Deno.test("operator: an API server with faults", async (t) => {
  await using two = await startTwoNamespaces();
  const { plane, apply, same } = two;
  await using proxy = startFaultyProxy({ url: plane.url, ca: plane.ca });
  const kubeconfig = `${plane.folder}/proxied`;
  await Deno.writeTextFile(kubeconfig, kubeconfigOf({ url: proxy.url, token: plane.adminToken }));

  let edits = 0;
  /** Changes all Flows, through the Model that they share. */
  const edit = () => {
    const spec = { provider: "echo", model: `m${edits++}`, pluginConfigRef: { name: "echo" } };
    return apply(objectOf("Model", spec, "shared"));
  };
  await apply(objectOf("PluginConfig", { type: "echo" }, "echo"));
  await edit();
  await apply(objectOf("Prompt", { content: "Hello {{name}}" }, "hello"));
  const flow = { image: "genkitd", modelRef: { name: "shared" }, promptRefs: [{ name: "hello" }] };
  for (let index = 0; index < FLOWS; index++) await apply(objectOf("Flow", flow, `flow-${index}`));
  const flags = ["--no-leader-elect", "--namespace", "storm"];
  await using _operator = await startOperator(kubeconfig, flags);
  await same();

  const answered = (status: number) => (counts: Record<string, number>) =>
    Object.keys(counts).some((key) => key.endsWith(` ${status}`));
  const asked = (verb: string) => (counts: Record<string, number>) =>
    Object.keys(counts).some((key) => key.startsWith(`${verb} `));
  const failing = (name: string, status: number, more: object = {}): Fault => ({
    name: `${name} (${status})`,
    begin: () => proxy.fail({ status, times: 60, ...more }),
    met: answered(status),
  });
  const faults: Fault[] = [
    { name: "restarts", begin: () => plane.restartApiServer(), met: asked("watch") },
    { name: "takes 2 s a call", begin: () => proxy.delay(2_000), met: asked("apply") },
    failing("is busy", 429, { fraction: 0.5, retryAfter: 1 }),
    failing("has a fault", 500, { fraction: 0.5 }),
    failing("is not there", 503, { times: 40 }),
    failing("has a newer version of all", 409, { fraction: 0.5, match: isWrite }),
    failing("has forgotten all versions", 410, { fraction: 0.5 }),
    {
      name: "ends watches, having forgotten where they were",
      begin: () => proxy.expireWatches(),
      met: asked("list"),
    },
    { name: "drops all watches", begin: () => proxy.dropWatches(), met: asked("watch") },
    {
      name: "writes nonsense into watches",
      begin: () => proxy.sendInWatches('{"type":"MODIF'),
      met: asked("watch"),
    },
  ];
  for (const { name, begin, met } of faults) {
    await t.step(`one that ${name}`, async () => {
      proxy.requests.length = 0;
      await begin();
      await edit();
      await same();
      proxy.heal();
      assert.ok(met(proxy.counts()), JSON.stringify(proxy.counts()));
    });
  }
});

function isWrite({ verb }: ApiRequest): boolean {
  return ["create", "apply", "patch", "update", "delete"].includes(verb);
}
