import assert from "assert";
import { createApp } from "../../runner/http/app.ts";
import { createLog } from "../../shared/log.ts";

const log = createLog({ format: "json", level: "error", write: () => {} });
const routes = () => ({ routes: new Map(), flows: [] });

Deno.test("GET /sources answers what serve knows of its sources, as JSON that is not kept", async () => {
  const app = createApp({ routes, log, sources: () => ({ sources: [{ name: "team" }] }) });
  const response = await app.request("/sources");
  assert.deepEqual(await response.json(), { sources: [{ name: "team" }] });
  assert.equal(response.headers.get("cache-control"), "no-store");
});

Deno.test("there is no /sources where nothing has sources, as in a pod", async () => {
  assert.equal((await createApp({ routes, log }).request("/sources")).status, 404);
});

Deno.test("a flow may be called sources: it is called by POST", async () => {
  const failed = new Map([["sources", { flow: "sources", failed: "it has no model" }]]);
  const app = createApp({
    routes: () => ({ routes: failed, flows: [{ name: "sources", state: "failed" }] }),
    log,
    sources: () => ({ sources: [] }),
  });
  assert.equal((await app.request("/sources", { method: "POST", body: "{}" })).status, 503);
  assert.equal((await app.request("/sources")).status, 200);
});
