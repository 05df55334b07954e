import assert from "assert";
import { streamFlow } from "genkit/beta/client";
import { ResponseCache } from "../../runner/cache/response_cache.ts";
import type { FlowCall, FlowHandle } from "../../runner/host/flow_handle.ts";
import type { CallResult } from "../../runner/host/sandbox_messages.ts";
import type { Step } from "../../runner/host/step.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { createApp } from "../../runner/http/app.ts";
import { RunnerTelemetry } from "../../runner/telemetry/runner_telemetry.ts";
import { logLines } from "./log_lines.ts";
import { fakeFlow, fakeRoutes, textChunk } from "./fake_flow.ts";
import { API_KEYS, type GuardedFlow, guardedServer, KEYS } from "./guarded_server.ts";

/** A server of the flow `f`, which keeps its answers for 10 s. */
async function cachingServer(handle: FlowHandle, guarded: Partial<GuardedFlow> = {}) {
  const time = new ManualClock();
  const cache = new ResponseCache({ ttlSeconds: 10 }, time);
  const server = await guardedServer({ f: { handle: { ...handle, cache }, ...guarded } });
  const call = async (input: unknown = {}, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}/f`, {
      method: "POST",
      body: JSON.stringify(input),
      ...init,
    });
    const { headers, status } = response;
    return {
      text: await response.text(),
      status,
      cache: headers.get("x-genkitd-cache"),
      age: headers.get("age"),
    };
  };
  // How many calls have found one that is exactly alike, which they wait for.
  let waiting = 0;
  let changed = Promise.withResolvers<void>();
  const find = cache.flights.find.bind(cache.flights);
  cache.flights.find = (key) => {
    const flight = find(key);
    if (flight) waiting++;
    changed.resolve();
    changed = Promise.withResolvers();
    return flight;
  };
  const waits = async (count: number) => {
    while (waiting < count) await changed.promise;
  };
  return { server, time, cache, call, waits };
}

/** A flow that answers by how often it was called. */
function countingFlow() {
  let calls = 0;
  return fakeFlow(() => ({ text: `${++calls}` }));
}

/** A flow whose calls wait until the test ends them. */
function heldFlow() {
  const calls: {
    call: FlowCall;
    answer: (result: CallResult) => void;
    fail: (e: Error) => void;
  }[] = [];
  let changed = Promise.withResolvers<void>();
  const handle = fakeFlow((call) =>
    new Promise((answer, fail) => {
      calls.push({ call, answer, fail });
      changed.resolve();
      changed = Promise.withResolvers();
    })
  );
  const called = async (count: number) => {
    while (calls.length < count) await changed.promise;
    return calls[count - 1]!;
  };
  return { handle, calls, called };
}

const turn: Step = { kind: "model", provider: "p", model: "m", start: 0, ms: 1, usage: {} };
const stream = { headers: { accept: "text/event-stream" } };

Deno.test("a call that is exactly alike is answered from the cache, which says so", async () => {
  const { server, time, call } = await cachingServer(countingFlow());
  await using _ = server;
  const first = await call({ a: 1, b: 2 });
  assert.deepEqual(first, { text: "1", status: 200, cache: "miss", age: null });
  time.advance(3_500);
  assert.deepEqual(await call({ b: 2, a: 1 }), { ...first, cache: "hit", age: "3" });
  assert.deepEqual(await call({ data: { a: 1, b: 2 } }), {
    text: '{"result":"1"}',
    status: 200,
    cache: "hit",
    age: "3",
  });
  assert.equal((await call({ a: 1 })).text, "2");
  time.advance(6_500);
  assert.deepEqual(await call({ a: 1, b: 2 }), { ...first, text: "3" });
});

Deno.test("a flow without a cache says nothing of one", async () => {
  await using server = await guardedServer({ f: { handle: countingFlow() } });
  const response = await fetch(`${server.url}/f`, { method: "POST" });
  await response.text();
  assert.equal(response.headers.has("x-genkitd-cache"), false);
});

Deno.test("no-cache and max-age=0 want a new answer, which is kept; no-store's is not", async () => {
  const { server, call } = await cachingServer(countingFlow());
  await using _ = server;
  const saying = (text: string) => call({}, { headers: { "cache-control": text } });
  await call();
  assert.deepEqual(await saying("No-Cache"), {
    text: "2",
    status: 200,
    cache: "bypass",
    age: null,
  });
  assert.deepEqual((await call()).text, "2");
  assert.equal((await saying("max-age=0")).text, "3");
  const unkept = await saying("no-transform, no-store");
  assert.deepEqual([unkept.text, unkept.cache], ["4", "bypass"]);
  assert.equal((await call()).text, "3");
});

Deno.test("callers that the flow knows apart never get one another's answers", async () => {
  const handle = fakeFlow(({ auth }) => ({ text: JSON.stringify(auth) }));
  const { server, call } = await cachingServer(handle, { auth: API_KEYS });
  await using _ = server;
  const as = (key: string) => call({}, { headers: { "x-api-key": key } });
  assert.deepEqual((await as(KEYS.ann)).text, '{"caller":"ann"}');
  assert.deepEqual((await as(KEYS.bob)).text, '{"caller":"bob"}');
  const again = await as(KEYS.ann);
  assert.deepEqual([again.text, again.cache], ['{"caller":"ann"}', "hit"]);
  assert.equal((await as("nobody's")).status, 401);
});

Deno.test("errors, and answers that break off or ask something, are not kept", async () => {
  const asks = { text: "", interrupts: [{}] };
  const answers: (() => CallResult)[] = [
    () => {
      throw new FlowError("UNAVAILABLE", "down");
    },
    () => asks,
    () => ({ text: "whole" }),
  ];
  const handle = fakeFlow(({ onStep }) => {
    const long = answers.length === 3 ? "length" : "stop";
    onStep?.({ ...turn, finishReason: long });
    return answers.length === 3 && broken++ === 0 ? { text: "broken" } : answers.shift()!();
  });
  let broken = 0;
  const { server, call } = await cachingServer(handle);
  await using _ = server;
  const said = [];
  for (let i = 0; i < 5; i++) said.push(await call());
  assert.deepEqual(said.map(({ text, status, cache }) => [status === 200 ? text : status, cache]), [
    ["broken", "miss"],
    [503, null],
    ["", "miss"],
    ["whole", "miss"],
    ["whole", "hit"],
  ]);
});

Deno.test("a stream is given again chunk by chunk, and serves who wants it whole", async () => {
  const handle = fakeFlow(async ({ onChunk }) => {
    for (const text of ["He", "llo ", "🦊"]) await onChunk?.(textChunk(text));
    return { text: "Hello 🦊" };
  });
  const { server, call } = await cachingServer(handle);
  await using _ = server;
  const first = await call({}, stream);
  const second = await call({}, stream);
  assert.deepEqual([first.cache, second.cache, second.age], ["miss", "hit", "0"]);
  assert.equal(second.text, first.text);
  assert.match(second.text, /"He".*"llo ".*"result"/s);
  assert.deepEqual((await call()).text, "Hello 🦊");
});

Deno.test("an answer that came whole is streamed as one chunk, to Genkit's client too", async () => {
  const { server, call } = await cachingServer(countingFlow());
  await using _ = server;
  await call({ a: 1 });
  const { stream, output } = streamFlow({ url: `${server.url}/f`, input: { a: 1 } });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.deepEqual(chunks, ["1"]);
  assert.equal(await output, "1");
});

Deno.test("a stream that breaks, or whose caller goes away, is not kept", async () => {
  const { handle, called } = heldFlow();
  const { server, call, cache } = await cachingServer(handle);
  await using _ = server;
  const broken = call({}, stream);
  const first = await called(1);
  await Promise.race([first.call.onChunk?.(textChunk("Hel")), Promise.resolve()]);
  first.fail(new FlowError("UNAVAILABLE", "down"));
  assert.match((await broken).text, /UNAVAILABLE/);

  const controller = new AbortController();
  const leaving = call({}, { ...stream, signal: controller.signal }).catch(() => {});
  const second = await called(2);
  const aborted = new Promise((done) => second.call.signal.addEventListener("abort", done));
  controller.abort();
  await Promise.all([leaving, aborted]);
  second.answer({ text: "late" });
  assert.equal(cache.size.entries, 0);
});

Deno.test("calls that are alike at once run once", async () => {
  const { handle, calls, called } = heldFlow();
  const { server, call, waits } = await cachingServer(handle);
  await using _ = server;
  const first = call();
  const { answer } = await called(1);
  const others = [call(), call(), call({ other: true })];
  (await called(2)).answer({ text: "other" });
  await waits(2);
  answer({ text: "one" });
  const all = await Promise.all([first, ...others]);
  assert.deepEqual(all.map(({ text, cache }) => `${text} ${cache}`), [
    "one miss",
    "one hit",
    "one hit",
    "other miss",
  ]);
  assert.equal(calls.length, 2);
});

Deno.test("where a caller goes away, one that waits for its answer takes its place", async () => {
  const { handle, called } = heldFlow();
  const { server, call, waits } = await cachingServer(handle);
  await using _ = server;
  const controller = new AbortController();
  const leaving = call({}, { signal: controller.signal }).catch(() => "gone");
  await called(1);
  const waiting = [call(), call()];
  await waits(2);
  controller.abort();
  assert.equal(await leaving, "gone");
  (await called(2)).answer({ text: "second" });
  assert.deepEqual((await Promise.all(waiting)).map(({ text }) => text), ["second", "second"]);
});

Deno.test("where a call fails, those that wait for it run for themselves, at once", async () => {
  const { handle, called } = heldFlow();
  const { server, call, cache, waits } = await cachingServer(handle);
  await using _ = server;
  const failing = call();
  const { fail } = await called(1);
  const waiting = [call(), call()];
  await waits(2);
  fail(new FlowError("UNAVAILABLE", "down"));
  assert.equal((await failing).status, 503);
  (await called(2)).answer({ text: "x" });
  (await called(3)).answer({ text: "y" });
  assert.deepEqual((await Promise.all(waiting)).map(({ text }) => text).sort(), ["x", "y"]);
  assert.equal(cache.size.entries, 1);
});

Deno.test("a call is observed as a hit, a miss or a bypass, streamed or not", async () => {
  const seen: string[] = [];
  const observer = new RunnerTelemetry({ clock: new ManualClock() });
  const begin = observer.begin.bind(observer);
  observer.begin = (request) => {
    const observation = begin(request);
    return { ...observation, cached: (result) => seen.push(result) };
  };
  const cache = new ResponseCache({ ttlSeconds: 10 }, new ManualClock());
  const { log } = logLines();
  const routes = () => fakeRoutes({ f: { ...countingFlow(), cache } });
  const app = createApp({ routes, log, observer });
  const sent: HeadersInit[] = [{}, {}, stream.headers, { "cache-control": "no-cache" }];
  for (const headers of sent) {
    await (await app.request("/f", { method: "POST", headers })).text();
  }
  assert.deepEqual(seen, ["miss", "hit", "hit", "bypass"]);
});

Deno.test("a hit takes no turn and no tokens, and counts as a request", async () => {
  const { handle, called } = heldFlow();
  const limits = {
    concurrency: 1,
    queue: 0,
    tokensPerMinute: 60,
    requestsPerSecond: 0.1,
    burst: 5,
  };
  const { server, call } = await cachingServer(handle, { limits });
  await using _ = server;
  const first = call();
  (await called(1)).answer({ text: "one", usage: { inputTokens: 30, outputTokens: 10 } });
  await first;
  const other = call({ other: true });
  const { answer } = await called(2);
  assert.equal((await call()).cache, "hit");
  assert.equal((await call()).cache, "hit");
  assert.equal((await call({}, stream)).cache, "hit");
  assert.equal((await call()).status, 429);
  answer({ text: "" });
  await other;
});
