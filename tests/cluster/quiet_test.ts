/** Where nothing changes, nothing is written and nothing is listed. */
import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { condition } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";
import type { OperatorProcess } from "./operator_process.ts";

const FLOWS = 20;
const { Flow, FlowSet } = customKinds;

Deno.test("operator: a quiet cluster", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, at } = operated;
  const plugin = { type: "googleai", credentialsRef: { name: "keys" } };
  const model = { provider: "googleai", model: "gemini", pluginConfigRef: { name: "google" } };
  const flow = { modelRef: { name: "shared" }, promptRefs: [{ name: "hello" }] };
  const metadata = { name: "keys" };
  await apply([
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { GEMINI_API_KEY: "k" } },
    objectOf("PluginConfig", plugin, "google"),
    objectOf("Model", model, "shared"),
    objectOf("Prompt", { content: "Hello {{name}}" }, "hello"),
    ...Array.from(
      { length: FLOWS },
      (_, index) => objectOf("Flow", { image: "genkitd", ...flow }, `flow-${index}`),
    ),
    objectOf("FlowSet", {
      image: "genkitd",
      flows: [{ name: "a", ...flow }, { name: "b", ...flow }],
    }, "set"),
  ]);
  const operator = await operated.operate();
  const flows = await cluster.follow(Flow);
  const isReady = (object: Parameters<typeof condition>[0]) =>
    condition(object, "Ready")?.status === "True";
  await cluster.when(() => flows.list().length === FLOWS && flows.list().every(isReady));
  await cluster.until(FlowSet, at("set"), isReady);

  await t.step(
    "for a minute: no write but the Lease's, no list, no more than the Secret's reads",
    async () => {
      const before = await settled(operator);
      // The absence of something can only be waited for.
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      const after = await requests(operator);
      const made = Object.fromEntries(
        Object.entries(after)
          .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
          .filter(([name, count]) => count > 0 && !/^watch |^(get|update) leases /.test(name)),
      );
      const { "get secrets 200": secrets = 0, ...rest } = made;
      assert.deepEqual(rest, {});
      assert.ok(secrets <= 2, `${secrets} reads of one Secret in a minute`);
    },
  );

  await t.step(
    "an operator that starts anew finds all as it should be, and writes nothing",
    async () => {
      operator.kill("SIGTERM");
      await operator.ended;
      const next = await operated.operate();
      const made = await settled(next);
      const writes = Object.keys(made).filter((name) =>
        /^(create|apply|patch|update|delete) /.test(name) && !/ leases /.test(name)
      );
      assert.deepEqual(writes, []);
    },
  );
});

/** The operator's requests so far, by `verb resource code`. */
async function requests(operator: OperatorProcess): Promise<Record<string, number>> {
  const text = await (await fetch(operator.metrics)).text();
  const pattern =
    /^genkitd_api_requests_total\{verb="(\w+)",resource="(\w+)",code="(\d+)"\} (\d+)$/gm;
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, verb, resource, code, count]) =>
      [`${verb} ${resource} ${code}`, Number(count)] as const
    ),
  );
}

/** Waits until everything has been reconciled and nothing more is done, and gives the requests. */
async function settled(operator: OperatorProcess): Promise<Record<string, number>> {
  let last = "";
  for (;;) {
    const text = await (await fetch(operator.metrics)).text();
    const runs = /genkitd_reconcile_duration_seconds_count\{kind="Flow"[^}]*\} (\d+)/.exec(text);
    const now = JSON.stringify(await requests(operator)).replace(/"(watch|get|update) [^,}]*/g, "");
    if (Number(runs?.[1] ?? 0) >= FLOWS && now === last) return await requests(operator);
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
