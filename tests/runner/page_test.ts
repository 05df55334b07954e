/** The page's routes, as they stand beside those of flows. */
import assert from "assert";
import type { FlowHandle } from "../../runner/host/flow_handle.ts";
import type { FlowPlan } from "../../runner/host/flow_plan.ts";
import { createApp } from "../../runner/http/app.ts";
import { FlowPage } from "../../runner/page/flow_page.ts";
import { pageRoutes } from "../../runner/page/page_routes.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { echoFlow, fakeFlow, fakeRoutes } from "./fake_flow.ts";
import { logLines } from "./log_lines.ts";

const nothing = { added: [], changed: [], removed: [], failed: [], warnings: [] };

function setUp(flows: Record<string, FlowHandle | string> = { greeter: echoFlow }) {
  const clock = new ManualClock();
  const table = fakeRoutes(flows);
  const page = new FlowPage({ routes: () => table, clock, now: () => new Date(clock.now()) });
  const { log } = logLines();
  let observed = 0;
  const app = createApp({
    routes: () => table,
    log,
    clock,
    observer: {
      begin(request) {
        observed++;
        return page.requests.begin(request);
      },
    },
    page: pageRoutes(page, "127.0.0.1"),
    newRequestId: () => "id-1",
  });
  const ask = (path: string, init?: RequestInit) =>
    app.request(`http://localhost:8080${path}`, init);
  return { ask, page, observed: () => observed };
}

function plan(name: string, more: Partial<FlowPlan> = {}): FlowPlan {
  return {
    name,
    routes: new Map([[name, "main"]]),
    definition: {
      name,
      entrypoint: "main",
      config: {
        defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
        plugin: { type: "googleai" },
        auth: {
          apiKeys: { header: "X-Key", dir: "keys" },
          jwt: { issuer: "https://id.example", audiences: ["a"] },
        },
      },
      prompts: [{ name: "main", source: "PLANTED-PROMPT" }],
      tools: [{
        definition: { name: "pay", description: "" },
        implementation: { http: { url: "https://shop.example/?PLANTED" }, approval: "Required" },
      }],
    },
    credentials: { GEMINI_API_KEY: "PLANTED-KEY" },
    hosts: ["generativelanguage.googleapis.com:443"],
    apiKeys: () => new Map(),
    ...more,
  };
}

Deno.test("the page and what stands beside it have their types, and headers that shut others out", async () => {
  const { ask } = setUp();
  const html = await (await ask("/")).text();
  const found = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path!);
  assert.ok(found.length >= 5, "the page names what stands beside it");
  assert.deepEqual(html.match(/<script(?![^>]*src)|<style|\sstyle=|\son\w+=|https?:/g), null);
  for (const path of ["/", "/-/state", "/-/answer.js", ...found]) {
    const response = await ask(path);
    assert.equal(response.status, 200, path);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/, path);
    assert.ok(!policy.includes("unsafe"));
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.headers.get("access-control-allow-origin"), null, path);
    assert.equal((await ask(path, { method: "HEAD" })).status, 200, path);
    const posted = await ask(path, { method: "POST", body: "{}" });
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"], path);
  }
});

Deno.test("probes, flows and unknown paths are as they are without a page", async () => {
  const { ask } = setUp();
  assert.equal(await (await ask("/healthz")).text(), "ok");
  assert.equal((await ask("/readyz")).status, 200);
  assert.equal(
    await (await ask("/greeter", { method: "POST", body: '{"a":1}' })).text(),
    '{"a":1}',
  );
  assert.equal((await ask("/greeter")).status, 405);
  assert.equal((await ask("/-/nothing")).status, 404);
  assert.equal((await ask("/-")).status, 404);
  const flow = await ask("/greeter", {
    method: "POST",
    body: "{}",
    headers: { host: "flows.example", origin: "https://other.example" },
  });
  assert.equal(flow.status, 200, "who may call a flow is the flow's own matter");
});

Deno.test("another website's name, script or embedding gets 403", async () => {
  const { ask } = setUp();
  const status = async (path: string, headers: HeadersInit) =>
    (await ask(path, { headers })).status;
  for (const path of ["/", "/-/page.js", "/-/state", "/-/events"]) {
    assert.equal(await status(path, { host: "evil.example" }), 403, path);
  }
  for (const path of ["/-/page.js", "/-/state", "/-/events"]) {
    assert.equal(await status(path, { host: "localhost", "sec-fetch-site": "cross-site" }), 403);
    assert.equal(await status(path, { host: "localhost", origin: "https://evil.example" }), 403);
  }
  assert.equal(await status("/", { host: "localhost", "sec-fetch-site": "cross-site" }), 200);
});

Deno.test("the state tells of flows what a caller has to know", async () => {
  const inputSchema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  const { ask, page } = setUp({
    greeter: fakeFlow(() => ({ text: "" }), { inputSchema }),
    bad: "no key",
  });
  const broken = { name: "bad", routes: new Map(), reason: "no key" };
  page.applied([plan("greeter"), broken], { ...nothing, added: ["greeter"] });
  const text = await (await ask("/-/state")).text();
  const { flows, reloads } = JSON.parse(text);
  assert.deepEqual(flows, [{
    name: "greeter",
    state: "serving",
    auth: { apiKeyHeader: "X-Key", bearer: true },
    hosts: ["generativelanguage.googleapis.com:443"],
    tree: {
      kind: "Flow",
      name: "greeter",
      children: [
        {
          kind: "Model",
          name: "googleai/gemini-2.5-flash",
          children: [{
            kind: "PluginConfig",
            name: "googleai",
            children: [{ kind: "Key", name: "GEMINI_API_KEY" }],
          }],
        },
        { kind: "Prompt", name: "main" },
        {
          kind: "Tool",
          name: "pay",
          state: "asks for approval",
          children: [{ kind: "HTTP", name: "https://shop.example" }],
        },
      ],
    },
    routes: [{
      path: "/greeter",
      prompt: "main",
      inputSchema,
      sampleInput: { n: 1 },
      output: "text",
    }],
  }, { name: "bad", state: "failed", reason: "no key", routes: [] }]);
  assert.deepEqual(reloads, [
    { at: "1970-01-01T00:00:00.000Z", added: ["greeter"], changed: [], removed: [], failed: [] },
  ]);
  assert.ok(!text.includes("PLANTED"));
});

Deno.test("a flow whose new version is broken keeps what is known of the one that serves", async () => {
  const { ask, page } = setUp();
  page.applied([plan("greeter")], { ...nothing, added: ["greeter"] });
  const broken = { name: "greeter", routes: new Map(), reason: "broken" };
  const failed = [{ name: "greeter", reason: "broken" }];
  page.applied([broken], { ...nothing, failed });
  page.applied([broken], { ...nothing, failed });
  page.applied([broken], nothing);
  const { flows, reloads } = await (await ask("/-/state")).json();
  assert.equal(flows[0].auth.apiKeyHeader, "X-Key");
  assert.equal(reloads.length, 2, "the same failure is told once, nothing is not told");
});

Deno.test("calls are kept and told without what was said; the page's own requests are not", async () => {
  const { ask, page, observed } = setUp();
  const events = (await ask("/-/events")).body!.pipeThrough(new TextDecoderStream()).getReader();
  await events.read();
  await ask("/greeter", { method: "POST", body: '{"a":"PLANTED"}' });
  await ask("/greeter", { method: "POST", body: "no JSON PLANTED" });
  await ask("/-/state");
  const told = [await events.read(), await events.read()].map(({ value }) => value).join("");
  assert.match(
    told,
    /^event: request\ndata: .*"flow":"greeter".*\n\nevent: request\ndata: .*"status":200/,
  );
  const text = await (await ask("/-/state")).text();
  assert.deepEqual(
    JSON.parse(text).requests.map(({ status, error }: Record<string, unknown>) => [status, error]),
    [[400, "INVALID_ARGUMENT"], [200, undefined]],
  );
  assert.ok(!(told + text).includes("PLANTED"));
  assert.equal(observed(), 2, "no metric and no trace has the page");
  page.events.close();
});

Deno.test("fifty reloads are kept", async () => {
  const { ask, page } = setUp();
  for (let index = 0; index < 80; index++) page.applied([], { ...nothing, added: [`f${index}`] });
  const { reloads } = await (await ask("/-/state")).json();
  assert.deepEqual([reloads.length, reloads[0].added], [50, ["f79"]]);
});
