import assert from "assert";
import { ManualClock } from "../unit/manual_clock.ts";
import { echoFlow, fakeFlow, textChunk } from "./fake_flow.ts";
import { RawClient } from "./raw_client.ts";
import { testServer } from "./test_server.ts";

/** A flow whose calls wait until `answer` is called; `called` resolves at the first. */
function heldFlow() {
  const called = Promise.withResolvers<AbortSignal>();
  const held = Promise.withResolvers<void>();
  const handle = fakeFlow(async ({ signal, onChunk }) => {
    called.resolve(signal);
    await onChunk?.(textChunk("chunk"));
    await held.promise;
    return { text: "held-answer" };
  });
  return { handle, called: called.promise, answer: () => held.resolve() };
}

/** A new connection is refused, or reset where the system had taken it already. */
async function assertNotServed(port: number): Promise<void> {
  const attempt = async () => {
    using client = await RawClient.connect(port);
    await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    return await client.readToEnd();
  };
  assert.equal(await attempt().catch(() => ""), "");
}

const times = { drainDelay: 5000, grace: 30_000 };

Deno.test("a draining server still serves, old and new connections, and tells them to end", async () => {
  const clock = new ManualClock();
  await using server = await testServer({ greeter: echoFlow }, { clock });
  using kept = await RawClient.connect(server.port);
  await kept.post("/greeter", "{}");
  assert.match(await kept.readUntil("\r\n\r\n{}"), /connection: keep-alive\r\n/i);
  const drained = server.drain(times);
  await kept.post("/greeter", '{"old":1}');
  assert.match(await kept.readToEnd(), /^HTTP\/1.1 200 .*\r\nconnection: close\r\n.*{"old":1}$/is);
  using fresh = await RawClient.connect(server.port);
  await fresh.post("/greeter", '{"new":1}');
  assert.match(await fresh.readToEnd(), /^HTTP\/1.1 200 .*\r\nconnection: close\r\n.*{"new":1}$/is);
  const ready = await fetch(`${server.url}/readyz`);
  assert.deepEqual([ready.status, await ready.text()], [503, "draining"]);
  const alive = await fetch(`${server.url}/healthz`);
  assert.deepEqual([alive.status, await alive.text()], [200, "ok"]);
  clock.advance(times.drainDelay);
  assert.equal(await drained, 0);
});

Deno.test("after the delay the listener and idle connections are closed", async () => {
  const clock = new ManualClock();
  const held = heldFlow();
  await using server = await testServer({ held: held.handle }, { clock });
  using idle = await RawClient.connect(server.port);
  await idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await idle.readUntil("\r\n\r\nok");
  using busy = await RawClient.connect(server.port);
  await busy.post("/held", "{}");
  await held.called;
  const drained = server.drain(times);
  clock.advance(times.drainDelay);
  assert.equal(await idle.readToEnd(), "");
  await assertNotServed(server.port);
  held.answer();
  assert.match(
    await busy.readToEnd(),
    /^HTTP\/1.1 200 .*\r\nconnection: close\r\n.*held-answer$/is,
  );
  assert.equal(await drained, 0);
});

Deno.test("a stream in flight finishes, and then its connection is closed", async () => {
  const clock = new ManualClock();
  const held = heldFlow();
  await using server = await testServer({ held: held.handle }, { clock });
  using client = await RawClient.connect(server.port);
  await client.post("/held?stream=true", "{}");
  await client.readUntil('data: {"message":"chunk"}\n\n');
  const drained = server.drain(times);
  clock.advance(times.drainDelay);
  clock.advance(times.grace - 1);
  held.answer();
  assert.match(await client.readToEnd(), /{"result":"held-answer"}\n\n/);
  assert.equal(await drained, 0);
});

Deno.test("what is in flight after the grace is cut, and counted", async () => {
  const clock = new ManualClock();
  const [plain, stream] = [heldFlow(), heldFlow()];
  await using server = await testServer({ plain: plain.handle, stream: stream.handle }, { clock });
  using one = await RawClient.connect(server.port);
  using two = await RawClient.connect(server.port);
  await one.post("/plain", "{}");
  await two.post("/stream?stream=true", "{}");
  const signals = await Promise.all([plain.called, stream.called]);
  const drained = server.drain(times);
  clock.advance(times.drainDelay);
  await assertNotServed(server.port);
  clock.advance(times.grace);
  assert.equal(await drained, 2);
  assert.equal(await one.readToEnd(), "");
  for (const signal of signals) {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
});

Deno.test("pipelined requests in flight are all answered", async () => {
  const clock = new ManualClock();
  const held = heldFlow();
  await using server = await testServer({ held: held.handle, greeter: echoFlow }, { clock });
  using client = await RawClient.connect(server.port);
  await client.post("/held", "{}");
  await client.post("/greeter", '{"a":1}');
  await held.called;
  await server.find(({ path }) => path === "/greeter");
  const drained = server.drain(times);
  held.answer();
  await client.readUntil("held-answer");
  assert.match(await client.readToEnd(), /connection: close\r\n.*{"a":1}$/is);
  clock.advance(times.drainDelay);
  assert.equal(await drained, 0);
});

Deno.test("no request of many clients is lost while the server drains", async () => {
  const clock = new ManualClock();
  await using server = await testServer({ greeter: echoFlow }, { clock });
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 8 });
  let answered = 0;
  const call = async () => {
    const response = await fetch(`${server.url}/greeter`, { method: "POST", body: "{}", client });
    assert.equal(await response.text(), "{}");
    answered++;
  };
  const calls = (count: number) => Promise.all(Array.from({ length: count }, call));
  await calls(50);
  const before = calls(50);
  const drained = server.drain(times);
  await Promise.all([before, calls(50)]);
  await calls(50);
  clock.advance(times.drainDelay);
  assert.equal(await drained, 0);
  assert.equal(answered, 200);
  client.close();
});

Deno.test("a second drain joins the first, and close ends both at once", async () => {
  const clock = new ManualClock();
  const held = heldFlow();
  await using server = await testServer({ held: held.handle }, { clock });
  using client = await RawClient.connect(server.port);
  await client.post("/held", "{}");
  await held.called;
  const drains = [server.drain(times), server.drain({ drainDelay: 0, grace: 0 })];
  clock.advance(0);
  using probe = await RawClient.connect(server.port);
  await probe.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  // To the end of the connection: until then the request may count as one that close() cuts.
  assert.match(await probe.readToEnd(), /^HTTP\/1.1 200 /);
  clock.advance(times.drainDelay);
  assert.equal(await server.close(), 1);
  assert.deepEqual(await Promise.all(drains), [0, 0]);
});
