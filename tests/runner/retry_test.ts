import assert from "assert";
import { FlowError } from "../../shared/flow_error.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { runningCall } from "./flow_definition.ts";
import { FIRST_KEY as key, modelsFlow, watchedCall } from "./models_flow.ts";
import {
  apiError,
  chatApiServer,
  events,
  eventStream,
  type Said,
} from "./openai/chat_api_server.ts";
import { ANN } from "./openai/chat_flow.ts";
import { QuickClock } from "./quick_clock.ts";

const HELLO: Said = { content: "Hello, Ann!" };

/** A server that gives these answers, one after the other, and then the last one again. */
function inTurn(...answers: (() => Said | Response | Promise<Said | Response>)[]) {
  let next = 0;
  return chatApiServer(() => answers[Math.min(next++, answers.length - 1)]!());
}

Deno.test("a model that has had too many requests is asked again", async () => {
  await using server = await inTurn(() => apiError(429), () => HELLO);
  const clock = new QuickClock();
  const flow = await modelsFlow({ first: server.url, key, retry: {}, clock });
  const { running, steps } = watchedCall();
  const { text, usage } = await flow.call("main", ANN, running);
  assert.equal(text, "Hello, Ann!");
  assert.equal(usage?.inputTokens, 7);
  assert.deepEqual(clock.waits, [500]);
  assert.equal(server.requests.length, 2);
  assert.deepEqual(steps.map(({ error, attempt }) => [error, attempt]), [
    ["RESOURCE_EXHAUSTED", undefined],
    [undefined, 2],
  ]);
});

Deno.test("a model is asked as often as its retry says, each time after a longer wait", async () => {
  await using server = await inTurn(() => apiError(503));
  const clock = new QuickClock();
  const retry = { attempts: 4, backoffMilliseconds: 100 };
  const flow = await modelsFlow({ first: server.url, key, retry, clock });
  await assert.rejects(flow.call("main", ANN, runningCall()), { status: "UNAVAILABLE" });
  assert.equal(server.requests.length, 4);
  assert.deepEqual(clock.waits, [100, 200, 400]);
});

Deno.test("a model without retry is asked once", async () => {
  await using server = await inTurn(() => apiError(503));
  const flow = await modelsFlow({ first: server.url, key });
  await assert.rejects(flow.call("main", ANN, runningCall()), { status: "UNAVAILABLE" });
  assert.equal(server.requests.length, 1);
});

Deno.test("statuses that retry does not name are not tried again", async (t) => {
  for (const code of [400, 401, 403, 404, 501]) {
    await t.step(String(code), async () => {
      await using server = await inTurn(() => apiError(code));
      const flow = await modelsFlow({ first: server.url, key, retry: {} });
      await assert.rejects(flow.call("main", ANN, runningCall()));
      assert.equal(server.requests.length, 1);
    });
  }
  await t.step("501 is, where it is named", async () => {
    await using server = await inTurn(() => apiError(501), () => HELLO);
    const options = { retry: { statusCodes: [501] }, clock: new QuickClock() };
    const flow = await modelsFlow({ first: server.url, key, ...options });
    assert.equal((await flow.call("main", ANN, runningCall())).text, "Hello, Ann!");
  });
  await t.step("an answer that cannot be read was paid for", async () => {
    await using server = await inTurn(() => new Response("<html>"));
    const flow = await modelsFlow({ first: server.url, key, retry: {} });
    await assert.rejects(flow.call("main", ANN, runningCall()), { http: 502 });
    assert.equal(server.requests.length, 1);
  });
});

Deno.test("Retry-After goes before the backoff", async (t) => {
  const waitsAfter = async (seconds: string) => {
    await using server = await inTurn(
      () => apiError(429, { headers: { "retry-after": seconds } }),
      () => HELLO,
    );
    const clock = new QuickClock();
    const flow = await modelsFlow({ first: server.url, key, retry: {}, clock, random: () => 0 });
    const said = await flow.call("main", ANN, runningCall()).catch((error: FlowError) => error);
    return { waits: clock.waits, said };
  };
  await t.step("where it is short", async () => {
    assert.deepEqual((await waitsAfter("7")).waits, [7000]);
  });
  await t.step("and is the caller's where it is long", async () => {
    const { waits, said } = await waitsAfter("31");
    assert.deepEqual(waits, []);
    assert.ok(said instanceof FlowError);
    assert.deepEqual([said.status, said.retryAfter], ["RESOURCE_EXHAUSTED", 31]);
  });
});

Deno.test("nothing is waited for that ends after the call's time", async () => {
  await using server = await inTurn(() => apiError(503));
  const clock = new QuickClock();
  const flow = await modelsFlow({ first: server.url, key, retry: {}, clock });
  const running = { ...runningCall(), timeLeft: () => 500 };
  await assert.rejects(flow.call("main", ANN, running), { status: "UNAVAILABLE" });
  assert.deepEqual(clock.waits, []);
});

Deno.test("a connection that fails is tried again as 503 is", async () => {
  let url: string;
  {
    await using server = await inTurn(() => HELLO);
    url = server.url;
  }
  const clock = new QuickClock();
  const flow = await modelsFlow({ first: url, key, retry: { statusCodes: [503] }, clock });
  await assert.rejects(flow.call("main", ANN, runningCall()), /could not be reached/);
  assert.equal(clock.waits.length, 2);
});

Deno.test("a stream that has given a chunk is not begun again", async () => {
  const chunk = Promise.withResolvers<void>();
  await using server = await inTurn(() => eventStream(events(HELLO).slice(0, 2), chunk.promise));
  const flow = await modelsFlow({ first: server.url, key, retry: {}, clock: new QuickClock() });
  const window = new StreamWindow(() => chunk.reject(new Error("broken off")));
  await assert.rejects(flow.call("main", ANN, { ...runningCall(), window }), {
    status: "UNAVAILABLE",
  });
  assert.equal(server.requests.length, 1);
});

Deno.test("a stream that fails before its first chunk is tried again", async () => {
  await using server = await inTurn(() => apiError(503), () => HELLO);
  const flow = await modelsFlow({ first: server.url, key, retry: {}, clock: new QuickClock() });
  const chunks: unknown[] = [];
  const window = new StreamWindow((chunk) => chunks.push(chunk));
  const { text } = await flow.call("main", ANN, { ...runningCall(), window });
  assert.deepEqual([text, chunks.length], ["Hello, Ann!", 2]);
});

Deno.test("a caller that goes away ends the wait", async () => {
  const waits = Promise.withResolvers<void>();
  let over = 0;
  const clock = {
    now: () => 0,
    after() {
      waits.resolve();
      return () => void over++;
    },
  };
  await using server = await inTurn(() => apiError(503));
  const flow = await modelsFlow({ first: server.url, key, retry: {}, clock });
  const controller = new AbortController();
  const call = flow.call("main", ANN, runningCall(controller.signal));
  await waits.promise;
  controller.abort();
  await assert.rejects(call, { status: "CANCELLED" });
  assert.equal(over, 1);
  assert.equal(server.requests.length, 1);
});

Deno.test("a try that has not answered by the end of the budget is given up, upstream too", async () => {
  const clock = new ManualClock();
  const gone = Promise.withResolvers<void>();
  await using server = await chatApiServer(({ signal }) => {
    signal.addEventListener("abort", () => gone.resolve());
    return new Promise<Said>(() => {});
  });
  const flow = await modelsFlow({ first: server.url, key, retry: { budgetSeconds: 3 }, clock });
  const asked = server.nextRequest();
  const call = flow.call("main", ANN, runningCall());
  await asked;
  clock.advance(3000);
  await assert.rejects(call, {
    status: "DEADLINE_EXCEEDED",
    message: 'The provider "openai" took longer than its budget of time',
  });
  await gone.promise;
  assert.equal(clock.pending, 0);
});
