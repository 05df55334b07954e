import assert from "assert";
import { echoFlow, fakeFlow, fakeRoutes, textChunk } from "./fake_flow.ts";
import { testApp } from "./test_app.ts";

const SSE = { accept: "text/event-stream" };

Deno.test("a stream has a frame a chunk, and the result last", async () => {
  const story = fakeFlow(async ({ onChunk }) => {
    for (const text of ["Once", " upön", " 😀"]) await onChunk?.(textChunk(text));
    return { text: "Once upön 😀" };
  });
  const { app, post, lines, find } = testApp(fakeRoutes({ story }));
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
  assert.equal(await (await testApp(fakeRoutes({ flow })).post("/flow")).text(), "undefined");
});

Deno.test("a silent stream begins its next frame early, which every reader of JSON takes", async () => {
  const [said, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow = fakeFlow(async ({ onChunk }) => {
    await onChunk?.(textChunk("a"));
    said.resolve();
    await answered.promise;
    await onChunk?.(textChunk("b"));
    return { text: "ab" };
  });
  const { post, clock } = testApp(fakeRoutes({ slow }));
  const response = await post("/slow", {}, SSE);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => {
    const { value } = await reader.read();
    // The writer hears of a read a moment later.
    await new Promise((heard) => setTimeout(heard));
    return value;
  };
  assert.equal(await read(), 'data: {"message":"a"}\n\n');
  await said.promise;
  const beats: unknown[] = [];
  clock.advance(14_999);
  for (let i = 0; i < 3; i++) {
    clock.advance(i === 0 ? 1 : 15_000);
    beats.push(await read());
  }
  assert.deepEqual(beats, ["data: ", " ", " "]);
  clock.advance(15_000);
  clock.advance(15_000);
  answered.resolve();
  const rest: unknown[] = [];
  for (let text = await read(); text !== undefined; text = await read()) rest.push(text);
  assert.deepEqual(rest, [" ", '{"message":"b"}\n\n', 'data: {"result":"ab"}\n\n']);
  assert.equal(clock.pending, 0, "nothing beats after the end");
});

Deno.test("a stream's failure is its last frame, without details", async () => {
  const broken = fakeFlow(async ({ onChunk }) => {
    await onChunk?.(textChunk("a"));
    throw new Error("SECRET");
  });
  const { post, find } = testApp(fakeRoutes({ broken }));
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
  const { post } = testApp(fakeRoutes({ greeter: echoFlow, summarizer: "its key is missing" }));
  assert.equal((await post("/summarizer", {}, SSE)).status, 503);
  assert.equal((await post("/greeter", [], SSE)).status, 400);
});

Deno.test("a stream out of time ends with an error frame, and takes no more chunks", async () => {
  const called = Promise.withResolvers<(chunk: unknown) => void>();
  const endless = fakeFlow(({ onChunk }) => {
    called.resolve(onChunk!);
    return new Promise(() => {});
  });
  const { post, clock, find } = testApp(fakeRoutes({ endless }), { requestTimeout: 500 });
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
  const { post } = testApp(fakeRoutes({ chatty }));
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
  const { post, find } = testApp(fakeRoutes({ endless }));
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
  const { post, find } = testApp(
    fakeRoutes({ greeter: echoFlow, summarizer: "its key is missing" }),
  );
  const response = await post("/greeter", {}, SSE);
  await response.body!.cancel();
  assert.equal((await find(({ path }) => path === "/greeter")).status, 499);
});
