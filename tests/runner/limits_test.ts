import assert from "assert";
import { echoFlow, fakeFlow } from "./fake_flow.ts";
import { RawClient } from "./raw_client.ts";
import { testServer } from "./test_server.ts";

/**
 * Milliseconds in which a busy machine can be relied on to bring what was sent to the server: a limit
 * that is over before has another outcome.
 */
const ARRIVES = 2_000;

Deno.test("headers that take too long are 408", async () => {
  await using server = await testServer({}, { limits: { headersTimeout: ARRIVES } });
  using client = await RawClient.connect(server.port);
  await client.send("GET /healthz HTTP/1.1\r\nHo");
  const answer = await client.readToEnd();
  assert.match(answer, /^HTTP\/1.1 408 Request Timeout\r\n/);
  const message = "Cannot read the request: its headers took too long";
  const error = { status: "DEADLINE_EXCEEDED", message, requestId: "id-1" };
  assert.deepEqual(JSON.parse(answer.split("\r\n\r\n")[1]!), { error });
  assert.equal((await server.find(({ message }) => message === "request refused")).status, 408);
});

Deno.test("headers that take too long are 408 on a kept connection, too", async () => {
  await using server = await testServer({}, { limits: { headersTimeout: ARRIVES } });
  using client = await RawClient.connect(server.port);
  await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.readUntil("\r\n\r\nok");
  await client.send("GET /hea");
  assert.match(await client.readToEnd(), /^HTTP\/1.1 408 /);
});

Deno.test("a connection that never says anything is closed without a word", async () => {
  await using server = await testServer({}, { limits: { headersTimeout: 100 } });
  using client = await RawClient.connect(server.port);
  assert.equal(await client.readToEnd(), "");
  assert.deepEqual(server.lines, []);
});

Deno.test("a connection that stays idle is closed", async () => {
  await using server = await testServer({}, { limits: { idleTimeout: 50 } });
  using client = await RawClient.connect(server.port);
  await client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await client.readUntil("\r\n\r\nok");
  assert.equal(await client.readToEnd(), "");
});

Deno.test("a connection is kept for 75 s where nothing else is said", async () => {
  await using server = await testServer({});
  const response = await fetch(`${server.url}/healthz`);
  await response.text();
  assert.equal(response.headers.get("keep-alive"), "timeout=75");
});

Deno.test("headers beyond the limit are 431", async () => {
  await using server = await testServer({});
  using client = await RawClient.connect(server.port);
  await client.send(`GET /healthz HTTP/1.1\r\nHost: x\r\na: ${"x".repeat(16 * 1024)}\r\n\r\n`);
  const answer = await client.readToEnd();
  assert.match(answer, /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
  assert.match(answer, /"message":"Cannot read the request: its headers are too large"/);
  using near = await RawClient.connect(server.port);
  await near.send(`GET /healthz HTTP/1.1\r\nHost: x\r\na: ${"x".repeat(15 * 1024)}\r\n\r\n`);
  await near.readUntil("\r\n\r\nok");
});

Deno.test("a body that takes too long is 408, and the connection ends", async () => {
  const limits = { bodyTimeout: 100 };
  await using server = await testServer({ greeter: echoFlow }, { limits });
  using client = await RawClient.connect(server.port);
  await client.send('POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"name');
  const answer = await client.readToEnd();
  assert.match(answer, /^HTTP\/1.1 408 .*\r\nconnection: close\r\n.*"status":"DEADLINE_EXCEEDED"/s);
  assert.equal((await server.find(({ path }) => path === "/greeter")).status, 408);
});

Deno.test("a body that says that it is too long is 413 before it arrives", async () => {
  await using server = await testServer({ greeter: fakeFlow(() => assert.fail("called")) });
  using client = await RawClient.connect(server.port);
  await client.send("POST /greeter HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n");
  const answer = await client.readToEnd();
  assert.match(answer, /^HTTP\/1.1 413 Payload Too Large\r\n.*\r\nconnection: close\r\n/s);
  assert.match(answer, /"message":"Cannot read the body: it is longer than 4194304 bytes"/);
});

Deno.test("a body that turns out too long is 413 as soon as it does", async () => {
  const limits = { bodyBytes: 1000 };
  await using server = await testServer({ greeter: echoFlow }, { limits });
  using client = await RawClient.connect(server.port);
  await client.send("POST /greeter HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  await client.send(`3e8\r\n${" ".repeat(1000)}\r\n`);
  await client.send("1\r\n \r\n");
  assert.match(await client.readToEnd(), /^HTTP\/1.1 413 .*\r\nconnection: close\r\n/s);
});

Deno.test("a client that sends megabytes too many still gets the answer", async () => {
  const limits = { bodyBytes: 1000 };
  await using server = await testServer({ greeter: echoFlow }, { limits });
  const response = await fetch(`${server.url}/greeter`, {
    method: "POST",
    body: "x".repeat(100_000),
  });
  assert.equal(response.status, 413);
  assert.equal((await response.json()).error.status, "INVALID_ARGUMENT");
});

Deno.test("a connection on which nothing moves in the midst of a request is closed", async () => {
  const aborted = Promise.withResolvers<void>();
  const endless = fakeFlow(({ signal }) => {
    signal.addEventListener("abort", () => aborted.resolve());
    return new Promise(() => {});
  });
  await using server = await testServer({ endless }, { limits: { stallTimeout: ARRIVES } });
  using client = await RawClient.connect(server.port);
  await client.post("/endless", "{}");
  assert.equal(await client.readToEnd(), "");
  await aborted.promise;
});

Deno.test("a flow out of time is 504, and its connection is kept", async () => {
  const endless = fakeFlow(() => new Promise(() => {}));
  const limits = { requestTimeout: 50 };
  await using server = await testServer({ endless, greeter: echoFlow }, { limits });
  using client = await RawClient.connect(server.port);
  await client.post("/endless", "{}");
  assert.match(await client.readUntil("}}"), /^HTTP\/1.1 504 .*"status":"DEADLINE_EXCEEDED"/s);
  await client.post("/greeter", '{"name":"Ann"}');
  await client.readUntil('{"name":"Ann"}');
});

Deno.test("connections beyond the most allowed are closed at once", async () => {
  await using server = await testServer({}, { limits: { maxConnections: 1 } });
  using first = await RawClient.connect(server.port);
  await first.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await first.readUntil("\r\n\r\nok");
  using second = await RawClient.connect(server.port);
  await second.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").catch(() => {});
  assert.equal(await second.readToEnd(), "");
  await first.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await first.readUntil("\r\n\r\nok");
});
