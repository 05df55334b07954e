import assert from "assert";
import { createApp } from "../../runner/http/app.ts";
import type { RouteTable } from "../../runner/host/flow_handle.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { echoFlow, fakeFlow, fakeRoutes } from "./fake_flow.ts";
import { logLines } from "./log_lines.ts";
import { testApp } from "./test_app.ts";

async function assertError(response: Response, http: number, status: string, message: string) {
  assert.equal(response.status, http);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), { error: { status, message, requestId: "id-1" } });
}

const table = fakeRoutes({
  greeter: echoFlow,
  summarizer: "its key is missing",
  healthz: echoFlow,
});

Deno.test("POST /<name> calls the flow, raw or callable", async () => {
  const { app, post } = testApp(table);
  const raw = await app.request("/greeter", { method: "POST", body: '{"name":"Ann"}' });
  assert.equal(raw.status, 200);
  assert.equal(raw.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await raw.text(), '{"name":"Ann"}');
  const callable = await post("/greeter", { data: { name: "Ann" } });
  assert.deepEqual(await callable.json(), { result: '{"name":"Ann"}' });
  assert.equal(await (await post("/greeter")).text(), "{}");
});

Deno.test("a path is one segment, decoded; the query is no part of it", async () => {
  const { post } = testApp(table);
  assert.equal((await post("/gre%65ter?x=/")).status, 200);
  await assertError(
    await post("/greter"),
    404,
    "NOT_FOUND",
    'Cannot find "/greter" (did you mean "/greeter"?)',
  );
  await assertError(
    await post("/greeter/"),
    404,
    "NOT_FOUND",
    'Cannot find "/greeter/" (did you mean "/greeter"?)',
  );
  for (const path of ["/", "//greeter", "/greeter/main", "/%zz", "/x%2Fgreeter"]) {
    assert.equal((await post(path)).status, 404, path);
  }
});

Deno.test("another method is 405 with the ones that there are", async () => {
  const { app } = testApp(table);
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const response = await app.request("/greeter", { method });
    assert.equal(response.headers.get("allow"), "POST");
    const message = `Cannot ${method} "/greeter": it is called by POST`;
    await assertError(response, 405, "UNIMPLEMENTED", message);
  }
  const head = await app.request("/greeter", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [405, ""]);
  const failed = await app.request("/summarizer");
  assert.equal(failed.status, 405);
  const probe = await app.request("/readyz", { method: "POST" });
  assert.deepEqual([probe.status, probe.headers.get("allow")], [405, "GET, HEAD"]);
  const both = await app.request("/healthz", { method: "PUT" });
  assert.deepEqual([both.status, both.headers.get("allow")], [405, "GET, HEAD, POST"]);
});

Deno.test("a flow that cannot serve is 503 with its reason", async () => {
  const { post } = testApp({
    ...table,
    flows: [...table.flows, { name: "late", state: "loading" }],
  });
  const failed = await post("/summarizer", {});
  assert.equal(failed.headers.get("retry-after"), "5");
  const message = 'Cannot serve flow "summarizer": its key is missing';
  await assertError(failed, 503, "UNAVAILABLE", message);
  const loading = await post("/late", {});
  await assertError(loading, 503, "UNAVAILABLE", 'Cannot serve flow "late": it is loading');
});

Deno.test("no name is reserved: a flow may be called as a probe is", async () => {
  const { app, post } = testApp(table);
  assert.equal(await (await post("/healthz", { a: 1 })).text(), '{"a":1}');
  assert.equal(await (await app.request("/healthz")).text(), "ok");
});

Deno.test("/healthz is 200 whatever the flows do", async () => {
  const { app } = testApp(fakeRoutes({}));
  assert.equal((await app.request("/healthz", {}, { draining: true })).status, 200);
  const head = await app.request("/healthz", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

Deno.test("/readyz is 200 once every flow has settled and one serves, until the server drains", async () => {
  const loading = { name: "c", state: "loading" } as const;
  const some = fakeRoutes({ a: echoFlow, b: "broken" });
  const cases: [RouteTable, boolean, number, string][] = [
    [some, false, 200, "ok"],
    [some, true, 503, "draining"],
    [{ ...some, flows: [...some.flows, loading] }, false, 503, "loading c"],
    [fakeRoutes({ b: "broken" }), false, 503, "no flow serves"],
    [fakeRoutes({}), false, 503, "no flow serves"],
  ];
  for (const [table, draining, status, text] of cases) {
    const response = await testApp(table).app.request("/readyz", {}, { draining });
    assert.deepEqual([response.status, await response.text()], [status, text]);
    const head = await testApp(table).app.request("/readyz", { method: "HEAD" }, { draining });
    assert.equal(head.status, status);
  }
});

Deno.test("/readyz?verbose has a line a flow and a last one", async () => {
  const table = fakeRoutes({ greeter: echoFlow, summarizer: "no key\n  in sight" });
  const flows = "[+]greeter serving\n[-]summarizer failed: no key in sight\n";
  const { app } = testApp(table);
  const ready = await app.request("/readyz?verbose");
  assert.equal(await ready.text(), flows + "readyz check passed\n");
  const draining = await app.request("/readyz?verbose=1", {}, { draining: true });
  assert.equal(await draining.text(), flows + "readyz check failed: draining\n");
});

Deno.test("routes are read anew for each request", async () => {
  let current = fakeRoutes({});
  const app = createApp({ routes: () => current, log: logLines().log });
  assert.equal((await app.request("/greeter", { method: "POST" })).status, 404);
  current = table;
  assert.equal((await app.request("/greeter", { method: "POST" })).status, 200);
});

Deno.test("a flow's error reaches the caller with its status", async () => {
  const busy = fakeFlow(() => {
    throw new FlowError("RESOURCE_EXHAUSTED", "quota is used up", { retryAfter: 1.2 });
  });
  const { post, lines } = testApp(fakeRoutes({ busy }));
  const response = await post("/busy", {});
  assert.equal(response.headers.get("retry-after"), "2");
  await assertError(response, 429, "RESOURCE_EXHAUSTED", "quota is used up");
  assert.equal(lines.at(-1)?.error, "RESOURCE_EXHAUSTED");
});

Deno.test("an unknown failure is an internal error; the log says where it arose, and no more", async () => {
  const broken = fakeFlow(() => {
    throw new TypeError("x is undefined");
  });
  const { post, lines } = testApp(fakeRoutes({ broken }));
  await assertError(await post("/broken", {}), 500, "INTERNAL", "internal error");
  assert.match(String(lines[0]?.error), /^TypeError at app_test\.ts:\d+$/);
  assert.equal(lines[0]?.requestId, "id-1");
  assert.equal(lines[1]?.status, 500);
});

Deno.test("a request that cannot be read has the same shape of error", async () => {
  const { app, post } = testApp(table, { bodyBytes: 10 });
  const init = { method: "POST", body: "{", headers: { "x-genkit-protocol": "raw" } };
  await assertError(
    await app.request("/greeter", init),
    400,
    "INVALID_ARGUMENT",
    "invalid JSON body: line 1, column 2: expected a key in double quotes",
  );
  const long = await post("/greeter", { name: "Elisabeth" });
  assert.equal(long.headers.get("connection"), "close");
  const message = "Cannot read the body: it is longer than 10 bytes";
  await assertError(long, 413, "INVALID_ARGUMENT", message);
});

Deno.test("a sane request id is kept, any other replaced; each answer has one", async () => {
  const { app } = testApp(table);
  const idOf = async (path: string, given: string) => {
    const response = await app.request(path, {
      method: "POST",
      headers: { "x-request-id": given },
    });
    await response.text();
    return response.headers.get("x-request-id");
  };
  assert.equal(await idOf("/greeter", "req/A-1_é".replace("é", "=")), "req/A-1_=");
  assert.equal(await idOf("/greeter", "x".repeat(128)), "x".repeat(128));
  for (const strange of ["x".repeat(129), "a b", "é", ""]) {
    assert.equal(await idOf("/greeter", strange), "id-1");
  }
  for (const path of ["/nowhere", "/summarizer", "/greeter?stream=true", "/healthz"]) {
    assert.equal(await idOf(path, "mine"), "mine", path);
  }
});

Deno.test("each request is logged in one line, without query, headers, input or output", async () => {
  const secret = fakeFlow(() => ({ text: "SECRET answer" }));
  const { app, post, lines } = testApp(fakeRoutes({ secret }));
  await post("/secret?key=SECRET", { name: "SECRET" }, { authorization: "SECRET" });
  await app.request("/secret");
  await app.request("/healthz");
  const { time: _, ...line } = lines[0]!;
  assert.deepEqual(line, {
    level: "info",
    message: "request",
    method: "POST",
    path: "/secret",
    flow: "secret",
    status: 200,
    ms: 0,
    requestId: "id-1",
  });
  assert.deepEqual([lines[1]?.status, lines[1]?.error], [405, "UNIMPLEMENTED"]);
  assert.deepEqual([lines[2]?.path, lines[2]?.level], ["/healthz", "debug"]);
  assert.equal(lines.length, 3);
  assert.ok(!JSON.stringify(lines).includes("SECRET"));
});

Deno.test("a flow out of time is aborted and answered with 504", async () => {
  const started = Promise.withResolvers<AbortSignal>();
  const endless = fakeFlow(({ signal }) => {
    started.resolve(signal);
    return new Promise(() => {});
  });
  const { post, clock } = testApp(fakeRoutes({ endless }), { requestTimeout: 500 });
  const answer = post("/endless", {});
  const signal = await started.promise;
  clock.advance(499);
  assert.equal(signal.aborted, false);
  clock.advance(1);
  assert.equal(signal.aborted, true);
  const message = "The flow did not answer within 500 ms";
  await assertError(await answer, 504, "DEADLINE_EXCEEDED", message);
});

Deno.test("a caller that goes away before the answer aborts the flow", async () => {
  const caller = new AbortController();
  const seen = Promise.withResolvers<AbortSignal>();
  const endless = fakeFlow(({ signal }) => {
    seen.resolve(signal);
    return new Promise(() => {});
  });
  const { app, find } = testApp(fakeRoutes({ endless }));
  const request = new Request("http://x/endless", { method: "POST", signal: caller.signal });
  const answer = app.request(request);
  const signal = await seen.promise;
  caller.abort();
  await answer;
  assert.equal(signal.aborted, true);
  const line = await find(({ path }) => path === "/endless");
  assert.deepEqual([line.status, line.aborted], [499, true]);
});
