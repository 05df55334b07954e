import assert from "assert";
import { createApp } from "../../runner/app.ts";
import type { RouteTable } from "../../runner/flow_handle.ts";
import type { RequestLimits } from "../../runner/request_limits.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { echoFlow, fakeFlow, fakeRoutes, textChunk } from "./fake_flow.ts";
import { logLines } from "./log_lines.ts";

function setup(table: RouteTable, limits: Partial<RequestLimits> = {}) {
  const clock = new ManualClock();
  const { log, lines, find } = logLines();
  const app = createApp({ routes: () => table, log, limits, clock, newRequestId: () => "id-1" });
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: JSON.stringify(body), headers });
  return { app, post, clock, lines, find };
}

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
const SSE = { accept: "text/event-stream" };

Deno.test("POST /<name> calls the flow, raw or callable", async () => {
  const { app, post } = setup(table);
  const raw = await app.request("/greeter", { method: "POST", body: '{"name":"Ann"}' });
  assert.equal(raw.status, 200);
  assert.equal(raw.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await raw.text(), '{"name":"Ann"}');
  const callable = await post("/greeter", { data: { name: "Ann" } });
  assert.deepEqual(await callable.json(), { result: '{"name":"Ann"}' });
  assert.equal(await (await post("/greeter")).text(), "{}");
});

Deno.test("a path is one segment, decoded; the query is no part of it", async () => {
  const { post } = setup(table);
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
  const { app } = setup(table);
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
  const { post } = setup({ ...table, flows: [...table.flows, { name: "late", state: "loading" }] });
  const failed = await post("/summarizer", {});
  assert.equal(failed.headers.get("retry-after"), "5");
  const message = 'Cannot serve flow "summarizer": its key is missing';
  await assertError(failed, 503, "UNAVAILABLE", message);
  const loading = await post("/late", {});
  await assertError(loading, 503, "UNAVAILABLE", 'Cannot serve flow "late": it is loading');
});

Deno.test("no name is reserved: a flow may be called as a probe is", async () => {
  const { app, post } = setup(table);
  assert.equal(await (await post("/healthz", { a: 1 })).text(), '{"a":1}');
  assert.equal(await (await app.request("/healthz")).text(), "ok");
});

Deno.test("/healthz is 200 whatever the flows do", async () => {
  const { app } = setup(fakeRoutes({}));
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
    const response = await setup(table).app.request("/readyz", {}, { draining });
    assert.deepEqual([response.status, await response.text()], [status, text]);
    const head = await setup(table).app.request("/readyz", { method: "HEAD" }, { draining });
    assert.equal(head.status, status);
  }
});

Deno.test("/readyz?verbose has a line a flow and a last one", async () => {
  const table = fakeRoutes({ greeter: echoFlow, summarizer: "no key\n  in sight" });
  const flows = "[+]greeter serving\n[-]summarizer failed: no key in sight\n";
  const { app } = setup(table);
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
  const { post, lines } = setup(fakeRoutes({ busy }));
  const response = await post("/busy", {});
  assert.equal(response.headers.get("retry-after"), "2");
  await assertError(response, 429, "RESOURCE_EXHAUSTED", "quota is used up");
  assert.equal(lines.at(-1)?.error, "RESOURCE_EXHAUSTED");
});

Deno.test("an unknown failure is an internal error, with details only in the log", async () => {
  const broken = fakeFlow(() => {
    throw new TypeError("x is undefined");
  });
  const { post, lines } = setup(fakeRoutes({ broken }));
  await assertError(await post("/broken", {}), 500, "INTERNAL", "internal error");
  assert.match(String(lines[0]?.error), /TypeError: x is undefined\n +at /);
  assert.equal(lines[0]?.requestId, "id-1");
  assert.equal(lines[1]?.status, 500);
});

Deno.test("a request that cannot be read has the same shape of error", async () => {
  const { app, post } = setup(table, { bodyBytes: 10 });
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
  const { app } = setup(table);
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
  const { app, post, lines } = setup(fakeRoutes({ secret }));
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

Deno.test("a stream has a frame a chunk, and the result last", async () => {
  const story = fakeFlow(async ({ onChunk }) => {
    for (const text of ["Once", " upön", " 😀"]) await onChunk?.(textChunk(text));
    return { text: "Once upön 😀" };
  });
  const { app, post, lines, find } = setup(fakeRoutes({ story }));
  const expected = 'data: {"message":"Once"}\n\ndata: {"message":" up\\u00f6n"}\n\n' +
    'data: {"message":" \\ud83d\\ude00"}\n\ndata: {"result":"Once up\\u00f6n \\ud83d\\ude00"}\n\n';
  for (const body of [{ data: {} }, { name: "Ann" }]) {
    const response = await post("/story", body, SSE);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("x-request-id"), "id-1");
    assert.equal(lines.length, 0, "logged before its end");
    assert.equal(await response.text(), expected);
    await find(({ status }) => status === 200);
    (lines as unknown[]).length = 0;
  }
  const byQuery = await app.request("/story?stream=true", { method: "POST" });
  assert.equal(await byQuery.text(), expected);
  const whole = await app.request("/story?stream=false", { method: "POST" });
  assert.equal(await whole.text(), "Once upön 😀");
});

Deno.test("a flow is not asked to stream where the caller did not", async () => {
  const flow = fakeFlow(({ onChunk }) => ({ text: String(onChunk) }));
  assert.equal(await (await setup(fakeRoutes({ flow })).post("/flow")).text(), "undefined");
});

Deno.test("a stream's failure is its last frame, without details", async () => {
  const broken = fakeFlow(async ({ onChunk }) => {
    await onChunk?.(textChunk("a"));
    throw new Error("SECRET");
  });
  const { post, find } = setup(fakeRoutes({ broken }));
  const response = await post("/broken", {}, SSE);
  assert.equal(response.status, 200);
  assert.equal(
    await response.text(),
    'data: {"message":"a"}\n\n' +
      'data: {"error":{"status":"INTERNAL","message":"internal error","requestId":"id-1"}}\n\n',
  );
  assert.equal((await find(({ message }) => message === "request")).status, 500);
});

Deno.test("a call that cannot start is an HTTP error for who asked for a stream, too", async () => {
  const { post } = setup(table);
  assert.equal((await post("/summarizer", {}, SSE)).status, 503);
  assert.equal((await post("/greeter", [], SSE)).status, 400);
});

Deno.test("a flow out of time is aborted and answered with 504", async () => {
  const started = Promise.withResolvers<AbortSignal>();
  const endless = fakeFlow(({ signal }) => {
    started.resolve(signal);
    return new Promise(() => {});
  });
  const { post, clock } = setup(fakeRoutes({ endless }), { requestTimeout: 500 });
  const answer = post("/endless", {});
  const signal = await started.promise;
  clock.advance(499);
  assert.equal(signal.aborted, false);
  clock.advance(1);
  assert.equal(signal.aborted, true);
  const message = "The flow did not answer within 500 ms";
  await assertError(await answer, 504, "DEADLINE_EXCEEDED", message);
});

Deno.test("a stream out of time ends with an error frame, and takes no more chunks", async () => {
  const called = Promise.withResolvers<(chunk: unknown) => void>();
  const endless = fakeFlow(({ onChunk }) => {
    called.resolve(onChunk!);
    return new Promise(() => {});
  });
  const { post, clock, find } = setup(fakeRoutes({ endless }), { requestTimeout: 500 });
  const response = await post("/endless", {}, SSE);
  const onChunk = await called.promise;
  onChunk(textChunk("a"));
  clock.advance(500);
  const text = response.text();
  assert.equal((await find(({ path }) => path === "/endless")).status, 504);
  onChunk(textChunk("b"));
  assert.match(
    await text,
    /^data: {"message":"a"}\n\ndata: {"error":{"status":"DEADLINE_EXC[^\n]*\n\n$/,
  );
});

Deno.test("a stream waits for its reader", async () => {
  let taken = 0;
  const chatty = fakeFlow(async ({ onChunk }) => {
    for (let i = 0; i < 5; i++) {
      await onChunk?.(textChunk("x"));
      taken++;
    }
    return { text: "" };
  });
  const { post } = setup(fakeRoutes({ chatty }));
  const reader = (await post("/chatty", {}, SSE)).body!.getReader();
  assert.equal(taken, 0);
  await reader.read();
  await reader.read();
  assert.ok(taken <= 2, `${taken} chunks were taken of 2 read`);
  while (!(await reader.read()).done);
  assert.equal(taken, 5);
});

Deno.test("a reader that goes away aborts the flow, which is logged as 499", async () => {
  const started = Promise.withResolvers<AbortSignal>();
  const endless = fakeFlow(async ({ signal, onChunk }) => {
    started.resolve(signal);
    while (!signal.aborted) await onChunk?.(textChunk("x"));
    throw signal.reason;
  });
  const { post, find } = setup(fakeRoutes({ endless }));
  const reader = (await post("/endless", {}, SSE)).body!.getReader();
  const signal = await started.promise;
  const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
  await reader.read();
  await reader.cancel();
  await aborted;
  const line = await find(({ path }) => path === "/endless");
  assert.deepEqual([line.status, line.aborted, line.error], [499, true, "CANCELLED"]);
});

Deno.test("a reader that goes away before the last frame is logged as 499", async () => {
  const { post, find } = setup(table);
  const response = await post("/greeter", {}, SSE);
  await response.body!.cancel();
  assert.equal((await find(({ path }) => path === "/greeter")).status, 499);
});

Deno.test("a caller that goes away before the answer aborts the flow", async () => {
  const caller = new AbortController();
  const seen = Promise.withResolvers<AbortSignal>();
  const endless = fakeFlow(({ signal }) => {
    seen.resolve(signal);
    return new Promise(() => {});
  });
  const { app, find } = setup(fakeRoutes({ endless }));
  const request = new Request("http://x/endless", { method: "POST", signal: caller.signal });
  const answer = app.request(request);
  const signal = await seen.promise;
  caller.abort();
  await answer;
  assert.equal(signal.aborted, true);
  const line = await find(({ path }) => path === "/endless");
  assert.deepEqual([line.status, line.aborted], [499, true]);
});
