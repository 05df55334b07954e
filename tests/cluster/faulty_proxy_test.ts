import assert from "assert";
import { startControlPlane } from "./control_plane.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty_proxy.ts";

const cluster = await startControlPlane();

Deno.test.afterAll(() => cluster.stop());

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

/** Sends a request through a proxy, as the administrator. */
function send(proxy: FaultyProxy, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${cluster.adminToken}`);
  return fetch(proxy.url + path, { ...init, headers });
}

/** Applies a ConfigMap through a proxy. */
async function apply(proxy: FaultyProxy, name: string): Promise<number> {
  const response = await send(proxy, `${CONFIG_MAPS}/${name}?fieldManager=test`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }),
  });
  await response.body?.cancel();
  return response.status;
}

async function get(proxy: FaultyProxy, path = CONFIG_MAPS): Promise<number> {
  const response = await send(proxy, path);
  await response.body?.cancel();
  return response.status;
}

/** Opens a watch of one ConfigMap from now on, and gives its lines as they come. */
async function watch(proxy: FaultyProxy, name: string) {
  const list = await (await send(proxy, CONFIG_MAPS)).json();
  const query = new URLSearchParams({
    watch: "true",
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: list.metadata.resourceVersion,
  });
  const response = await send(proxy, `${CONFIG_MAPS}?${query}`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    /** The next chunk: a line, or undefined at the end. */
    line: async () => (await reader.read()).value,
    cancel: () => reader.cancel(),
  };
}

Deno.test("without faults, requests and answers pass, and are counted", async () => {
  await using proxy = startFaultyProxy(cluster);
  assert.equal(await apply(proxy, "counted"), 201);
  assert.equal(await apply(proxy, "counted"), 200);
  assert.equal(await get(proxy, `${CONFIG_MAPS}/nothing`), 404);
  assert.equal(await get(proxy), 200);
  assert.deepEqual(proxy.counts(), {
    "apply configmaps 201": 1,
    "apply configmaps 200": 1,
    "get configmaps 404": 1,
    "list configmaps 200": 1,
  });
  assert.equal(JSON.parse(proxy.requests[0]!.body!).metadata.name, "counted");
});

Deno.test("who sends no token is nobody, as without the proxy", async () => {
  await using proxy = startFaultyProxy(cluster);
  const response = await fetch(proxy.url + CONFIG_MAPS);
  await response.body?.cancel();
  assert.equal(response.status, 403);
});

Deno.test("the next requests that match fail, and no more", async () => {
  await using proxy = startFaultyProxy(cluster);
  proxy.fail({ status: 429, times: 2, retryAfter: 3, match: ({ verb }) => verb === "apply" });
  assert.equal(await get(proxy), 200);
  const refused = await send(proxy, `${CONFIG_MAPS}/refused?fieldManager=test`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: "{}",
  });
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "3");
  assert.equal((await refused.json()).reason, "TooManyRequests");
  assert.equal(await apply(proxy, "refused"), 429);
  assert.equal(await apply(proxy, "refused"), 201);
});

Deno.test("a fraction of the requests fails until all is healed", async () => {
  const numbers = [0.1, 0.9, 0.1];
  await using proxy = startFaultyProxy({ ...cluster, random: () => numbers.shift()! });
  proxy.fail({ status: 500, fraction: 0.5 });
  assert.deepEqual([await get(proxy), await get(proxy), await get(proxy)], [500, 200, 500]);
  proxy.heal();
  assert.equal(await get(proxy), 200);
});

Deno.test("every call takes as long as it is delayed, at least", async () => {
  await using proxy = startFaultyProxy(cluster);
  proxy.delay(60);
  const before = performance.now();
  await get(proxy);
  assert.ok(performance.now() - before >= 59);
});

Deno.test("a watch passes on each event when it happens", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "watched");
  assert.equal(proxy.watches().length, 1);
  await apply(proxy, "watched");
  assert.match((await events.line())!, /^\{"type":"ADDED".*\}\n$/);
  await events.cancel();
});

Deno.test("a watch that its client leaves is open no more", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "left");
  await events.cancel();
  // The end of the connection reaches the proxy when it writes at the latest.
  while (proxy.watches().length > 0) await apply(proxy, `left-${proxy.requests.length}`);
});

Deno.test("dropped watches break in the middle", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "dropped");
  const line = events.line();
  await proxy.dropWatches();
  await assert.rejects(line);
  assert.deepEqual(proxy.watches(), []);
});

Deno.test("a line of the test's own comes in open watches", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "broken-line");
  proxy.sendInWatches("{no JSON");
  assert.equal(await events.line(), "{no JSON\n");
  await apply(proxy, "broken-line");
  assert.match((await events.line())!, /"ADDED"/);
  await events.cancel();
});

Deno.test("expired watches get 410 in an event, and end", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "expired");
  await proxy.expireWatches();
  const { type, object } = JSON.parse((await events.line())!);
  assert.deepEqual([type, object.code, object.reason], ["ERROR", 410, "Expired"]);
  assert.equal(await events.line(), undefined);
});

Deno.test("silent, it answers nothing and forwards no byte; healed, all goes on", async () => {
  await using proxy = startFaultyProxy(cluster);
  const events = await watch(proxy, "silenced");
  proxy.silence();
  const quiet: string[] = [];
  const line = events.line().finally(() => quiet.push("watch"));
  const status = get(proxy).finally(() => quiet.push("list"));
  await cluster.kubectl(["create", "configmap", "silenced"]);
  assert.deepEqual(quiet, []);
  assert.equal(proxy.requests.at(-1)!.status, undefined);
  proxy.heal();
  assert.equal(await status, 200);
  assert.match((await line)!, /"ADDED"/);
  await events.cancel();
});

Deno.test("silent watches never come back, while new ones work", async () => {
  await using proxy = startFaultyProxy(cluster);
  const silent = await watch(proxy, "half-open");
  proxy.silenceWatches();
  let heard = false;
  const line = silent.line().then(() => heard = true, () => {});
  const events = await watch(proxy, "half-open");
  await apply(proxy, "half-open");
  assert.match((await events.line())!, /"ADDED"/);
  assert.equal(heard, false);
  await Promise.all([silent.cancel(), events.cancel(), line]);
});

Deno.test("an API server that is down is 503 to its clients", async () => {
  await using proxy = startFaultyProxy(cluster);
  await cluster.stopApiServer();
  assert.equal(await get(proxy), 503);
  const next = proxy.next(({ verb }) => verb === "list");
  await cluster.startApiServer();
  assert.equal(await get(proxy), 200);
  assert.equal((await next).status, 200);
});
