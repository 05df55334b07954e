import assert from "assert";
import { FlowGuards } from "../../../../runner/guard/flow_guards.ts";
import type { BrokenPlan, FlowPlan } from "../../../../runner/host/flow_plan.ts";
import type { RuntimeConfig } from "../../../../shared/contract/config.ts";
import { logLines } from "../../../runner/log_lines.ts";
import { ManualClock } from "../../manual_clock.ts";
import { tokenIssuer } from "./token_issuer.ts";

function plan(name: string, config: RuntimeConfig, key = "k"): FlowPlan {
  return {
    name,
    routes: new Map([[name, name]]),
    definition: { name, entrypoint: name, config, prompts: [], tools: [] },
    credentials: {},
    hosts: [],
    toolHeaders: {},
    apiKeys: () => new Map([["ann", key]]),
  };
}

const broken = (name: string): BrokenPlan => ({ name, routes: new Map(), reason: "it is" });
const auth = { apiKeys: { header: "x-api-key", dir: "/genkit/api-keys" } };
const once: RuntimeConfig = { limits: { requestsPerSecond: 0.001 } };

function guards() {
  const { log, lines } = logLines();
  const guards = new FlowGuards({ listening: "127.0.0.1", clock: new ManualClock(), log });
  const call = async (flow: string, key = "k") => {
    const headers = new Headers({ "x-api-key": key });
    try {
      await guards.get(flow)!.admit({
        request: { headers, url: "http://127.0.0.1/f" },
        address: "10.0.0.1",
      });
      return 200;
    } catch (error) {
      return (error as { http: number }).http;
    }
  };
  return { guards, call, lines };
}

Deno.test("a guard and what it has counted stay while its settings do", async () => {
  const { guards: all, call } = guards();
  all.apply([plan("f", once), plan("g", once)]);
  assert.equal(await call("f"), 200);
  all.apply([plan("g", once), plan("f", structuredClone(once)), plan("h", {})]);
  assert.equal(await call("f"), 429);
  assert.equal(await call("g"), 200, "flows count apart");
});

Deno.test("new settings count at once", async () => {
  const { guards: all, call } = guards();
  all.apply([plan("f", {})]);
  assert.equal(await call("f", "wrong"), 200);
  all.apply([plan("f", { auth })]);
  assert.equal(await call("f", "wrong"), 401);
  all.apply([plan("f", { auth, ...once })]);
  assert.deepEqual([await call("f"), await call("f")], [200, 429]);
  assert.equal(all.get("f")!.cors, undefined);
  all.apply([plan("f", { auth, ...once, cors: { origins: ["*"] } })]);
  assert.ok(all.get("f")!.cors);
});

Deno.test("new keys count at once, and leave what was counted as it is", async () => {
  const { guards: all, call } = guards();
  const config = { auth, limits: { requestsPerSecond: 0.001, burst: 2 } };
  all.apply([plan("f", config, "old")]);
  assert.equal(await call("f", "old"), 200);
  all.apply([plan("f", config, "new")]);
  assert.equal(await call("f", "old"), 401);
  assert.deepEqual([await call("f", "new"), await call("f", "new")], [200, 429]);
});

Deno.test("a flow that breaks keeps the guard that it had: its older version is served on", async () => {
  const { guards: all, call } = guards();
  all.apply([plan("f", { auth }), broken("g")]);
  assert.equal(all.get("g"), undefined, "it was never served");
  all.apply([broken("f")]);
  assert.deepEqual([await call("f", "wrong"), await call("f")], [401, 200]);
});

Deno.test("a flow that is gone has no guard", () => {
  const { guards: all } = guards();
  all.apply([plan("f", { auth })]);
  all.apply([]);
  assert.equal(all.get("f"), undefined);
});

Deno.test("the log says why an issuer cannot be asked, and holds no token", async () => {
  await using issuer = await tokenIssuer();
  issuer.answer = () => new Response(null, { status: 418 });
  const { guards: all, lines } = guards();
  all.apply([plan("f", { auth: { jwt: { issuer: issuer.url, audiences: ["a"] } } })]);
  const token = await issuer.token();
  const headers = new Headers({ authorization: `Bearer ${token}` });
  await assert.rejects(
    () => all.get("f")!.admit({ request: { headers, url: "http://127.0.0.1/f" }, address: "" }),
    { http: 503 },
  );
  assert.equal(lines.length, 1);
  const { level, flow, reason } = lines[0]!;
  assert.deepEqual([level, flow], ["warn", "f"]);
  assert.match(String(reason), /answered 418/);
  assert.ok(!JSON.stringify(lines).includes(token));
});
