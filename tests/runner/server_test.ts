import assert from "assert";
import { runFlow, streamFlow } from "genkit/beta/client";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import { startServer } from "../../runner/http/server.ts";
import { echoFlow, fakeFlow, textChunk } from "./fake_flow.ts";
import { logLines } from "./log_lines.ts";
import { RawClient } from "./raw_client.ts";
import { testServer } from "./test_server.ts";
import { ManualClock } from "../unit/manual_clock.ts";

/** A flow that never answers by itself; `called` resolves with its call. */
function endlessFlow(): { handle: ReturnType<typeof fakeFlow>; called: Promise<FlowCall> } {
  const called = Promise.withResolvers<FlowCall>();
  const handle = fakeFlow((call) => {
    called.resolve(call);
    return new Promise(() => {});
  });
  return { handle, called: called.promise };
}

function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", resolve));
}

Deno.test("a flow is called by curl's defaults, and answers text of a known length", async () => {
  await using server = await testServer({ greeter: echoFlow });
  const response = await fetch(`${server.url}/greeter`, {
    method: "POST",
    body: '{"name":"Jörg 😀"}',
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  assert.equal(await response.text(), '{"name":"Jörg 😀"}');
  assert.equal(response.headers.get("content-length"), "21");
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-powered-by"), null);
  assert.equal(response.headers.get("x-request-id"), "id-1");
});

Deno.test("Genkit's own client calls and streams", async () => {
  const text = "Grüße – 日本語 – 👩‍👩‍👧 😀";
  const story = fakeFlow(async ({ input, onChunk }) => {
    for (const unit of text.split("")) await onChunk?.(textChunk(unit));
    return { text: text + JSON.stringify(input) };
  });
  await using server = await testServer({ story });
  const call = { url: `${server.url}/story`, input: { name: "Zoë" } };
  assert.equal(await runFlow(call), `${text}{"name":"Zoë"}`);
  const { stream, output } = streamFlow(call);
  let streamed = "";
  for await (const chunk of stream) streamed += chunk;
  assert.equal(streamed, text);
  assert.equal(await output, `${text}{"name":"Zoë"}`);
});

Deno.test("Genkit's own client takes heartbeats", async () => {
  const clock = new ManualClock();
  const slow = fakeFlow(async ({ onChunk }) => {
    for (const text of ["a", "b"]) {
      clock.advance(15_000);
      await onChunk?.(textChunk(text));
      // The write before must have been taken, or there is no room for a heartbeat.
      await new Promise((taken) => setTimeout(taken));
    }
    clock.advance(15_000);
    return { text: "ab" };
  });
  await using server = await testServer({ slow }, { clock });
  const raw = await fetch(`${server.url}/slow?stream=true`, { method: "POST" });
  assert.match(await raw.text(), /^data:  ?{.*\n\ndata:  ?{.*\n\ndata:  ?{"result":"ab"}\n\n$/);
  const { stream, output } = streamFlow({ url: `${server.url}/slow`, input: {} });
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.deepEqual([...chunks, await output], ["a", "b", "ab"]);
});

Deno.test("Genkit's own client without input is answered when it says that it is callable", async () => {
  await using server = await testServer({ greeter: echoFlow });
  const headers = { "x-genkit-protocol": "callable" };
  assert.equal(await runFlow({ url: `${server.url}/greeter`, headers }), "{}");
});

Deno.test("Genkit's own client gets a stream's failure as an error", async () => {
  const broken = fakeFlow(() => {
    throw new Error("x");
  });
  await using server = await testServer({ broken });
  const { stream, output } = streamFlow({ url: `${server.url}/broken`, input: {} });
  const failed = assert.rejects(output, /INTERNAL: internal error/);
  await assert.rejects(async () => {
    for await (const _ of stream);
  }, /INTERNAL: internal error/);
  await failed;
});

Deno.test("an answer of many megabytes arrives whole", async () => {
  const text = "0123456789".repeat(500_000);
  await using server = await testServer({ long: fakeFlow(() => ({ text })) });
  const response = await fetch(`${server.url}/long`, { method: "POST" });
  assert.equal(await response.text(), text);
});

Deno.test("a stream's headers and first frames arrive before its end", async () => {
  const goOn = Promise.withResolvers<void>();
  const story = fakeFlow(async ({ onChunk }) => {
    await onChunk?.(textChunk("Once"));
    await goOn.promise;
    return { text: "" };
  });
  await using server = await testServer({ story });
  using client = await RawClient.connect(server.port);
  await client.post("/story?stream=true", "");
  assert.match(await client.readUntil("\r\n\r\n"), /content-type: text\/event-stream/i);
  await client.readUntil('data: {"message":"Once"}\n\n');
  goOn.resolve();
  await client.readUntil('data: {"result":""}\n\n');
});

Deno.test("a stalled reader pauses the flow", async () => {
  const frame = "x".repeat(100_000);
  let taken = 0;
  const flooded = Promise.withResolvers<void>();
  const chatty = fakeFlow(async ({ onChunk, signal }) => {
    while (!signal.aborted && taken < 2000) {
      const pending = Promise.resolve(onChunk?.(textChunk(frame))).then(() => "taken");
      const stalled = new Promise((resolve) => setTimeout(resolve, 300, "stalled"));
      if (await Promise.race([pending, stalled]) === "stalled") flooded.resolve();
      await pending;
      taken++;
    }
    flooded.resolve();
    return { text: "" };
  });
  await using server = await testServer({ chatty });
  using client = await RawClient.connect(server.port);
  await client.post("/chatty?stream=true", "");
  await flooded.promise;
  assert.ok(taken < 500, `${taken} of 2000 chunks were taken while nobody read`);
});

Deno.test("a client that disconnects in mid-stream aborts the flow", async () => {
  const { handle, called } = endlessFlow();
  await using server = await testServer({ endless: handle });
  {
    using client = await RawClient.connect(server.port);
    await client.post("/endless?stream=true", "{}");
    await client.readUntil("\r\n\r\n");
  }
  await aborted((await called).signal);
  const line = await server.find(({ path }) => path === "/endless");
  assert.deepEqual([line.status, line.aborted], [499, true]);
});

Deno.test("a client that disconnects before the answer aborts the flow", async () => {
  const { handle, called } = endlessFlow();
  await using server = await testServer({ endless: handle });
  {
    using client = await RawClient.connect(server.port);
    await client.post("/endless", "{}");
    await called;
  }
  await aborted((await called).signal);
  assert.equal((await server.find(({ path }) => path === "/endless")).status, 499);
});

Deno.test("a client that ends in mid-body is told 400, logged as gone, and calls nothing", async () => {
  await using server = await testServer({ greeter: fakeFlow(() => assert.fail("called")) });
  {
    using client = await RawClient.connect(server.port);
    await client.send("POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
    // Ends the request after the server has begun to read it.
    await client.closeWrite();
    const answer = await client.readToEnd();
    assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\n.*\r\nconnection: close\r\n/s);
    assert.match(answer, /it ended before its body was whole/);
  }
  const line = await server.find(({ path }) => path === "/greeter");
  assert.deepEqual([line.status, line.aborted], [499, true]);
  assert.ok(!server.lines.some(({ level }) => level === "error"));
});

Deno.test("a client that closes its half counts as gone, and its connection ends", async () => {
  const { handle, called } = endlessFlow();
  await using server = await testServer({ endless: handle, greeter: echoFlow });
  using client = await RawClient.connect(server.port);
  await client.post("/endless", "{}");
  await called;
  await client.closeWrite();
  assert.equal(await client.readToEnd(), "");
  await aborted((await called).signal);
  assert.equal((await fetch(`${server.url}/greeter`, { method: "POST" })).status, 200);
});

Deno.test("pipelined requests are answered in their order", async () => {
  const goOn = Promise.withResolvers<void>();
  const slow = fakeFlow(async () => {
    await goOn.promise;
    return { text: "slow-answer" };
  });
  const fast = fakeFlow(() => {
    goOn.resolve();
    return { text: "fast-answer" };
  });
  await using server = await testServer({ slow, fast });
  using client = await RawClient.connect(server.port);
  await Promise.all([client.post("/slow", "{}"), client.post("/fast", "{}")]);
  assert.match(await client.readUntil("answer"), /slow-answer$/);
  assert.match(await client.readUntil("answer"), /fast-answer$/);
});

Deno.test("a connection is kept after an error, and its unread body is skipped", async () => {
  await using server = await testServer({ greeter: echoFlow });
  using client = await RawClient.connect(server.port);
  await client.post("/nowhere", '{"name":"Ann"}');
  await client.readUntil('"requestId":"id-1"}}');
  await client.post("/greeter", '{"name":"Bob"}');
  await client.readUntil('{"name":"Bob"}');
});

Deno.test("bytes that are no request are answered with 400 in the usual shape, and logged", async () => {
  const cases = [
    "NONSENSE\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /greeter HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    "POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
  ];
  for (const bytes of cases) {
    await using server = await testServer({ greeter: echoFlow });
    using client = await RawClient.connect(server.port);
    await client.send(bytes);
    const answer = await client.readToEnd();
    assert.match(answer, /^HTTP\/1.1 400 Bad Request\r\n/, bytes);
    assert.match(answer, /\r\ncontent-type: application\/json\r\n.*\r\nconnection: close\r\n/s);
    const [, body] = answer.split("\r\n\r\n");
    assert.deepEqual(JSON.parse(body!), {
      error: {
        status: "INVALID_ARGUMENT",
        message: "Cannot read the request: it is not HTTP/1.1",
        requestId: "id-1",
      },
    });
    assert.equal((await server.find(({ message }) => message === "request refused")).status, 400);
  }
});

Deno.test("bytes that are no request do not answer for a request before them", async () => {
  const { handle } = endlessFlow();
  await using server = await testServer({ endless: handle });
  using client = await RawClient.connect(server.port);
  await client.post("/endless", "{}");
  await client.send("NONSENSE\r\n\r\n");
  assert.equal(await client.readToEnd(), "");
});

Deno.test("HTTP/1.1 without a host is 400, HTTP/1.0 without one is served", async () => {
  await using server = await testServer({});
  using modern = await RawClient.connect(server.port);
  await modern.send("GET /healthz HTTP/1.1\r\n\r\n");
  const refused = await modern.readUntil("}}");
  assert.match(refused, /^HTTP\/1.1 400 /);
  assert.match(refused, /"message":"Cannot read the request: Missing host header"/);
  using old = await RawClient.connect(server.port);
  await old.send("GET /healthz HTTP/1.0\r\n\r\n");
  assert.match(await old.readToEnd(), /^HTTP\/1.1 200 OK\r\n.*\r\n\r\nok$/s);
});

Deno.test("a request target that is no path is 400", async () => {
  await using server = await testServer({});
  using client = await RawClient.connect(server.port);
  await client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(await client.readUntil("}}"), /^HTTP\/1.1 400 .*"status":"INVALID_ARGUMENT"/s);
});

Deno.test("a port in use is an error that says so", async () => {
  await using server = await testServer({});
  const { log } = logLines();
  const fetch = () => new Response();
  await assert.rejects(startServer({ fetch, log, host: "127.0.0.1", port: server.port }), {
    message: `Cannot listen on 127.0.0.1:${server.port}: the port is in use, it should be free`,
  });
});

Deno.test("a server names an address that is not this machine's, in words", async () => {
  // 192.0.2.0/24 is for documentation: no machine has such an address.
  const { log } = logLines();
  const fetch = () => new Response();
  await assert.rejects(startServer({ fetch, log, host: "192.0.2.1", port: 0 }), {
    message: "Cannot listen on 192.0.2.1:0: the host should be an address of this machine",
  });
});
