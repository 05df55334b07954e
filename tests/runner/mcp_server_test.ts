/** What goes over the wire between a sandbox and an MCP server, and what becomes of its faults. */
import assert from "assert";
import type { ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock.ts";
import { MCP, McpServer, type McpServerOptions } from "../../runner/tools/mcp/mcp_server.ts";
import { ToolFailure } from "../../runner/tools/tool_failure.ts";
import { mcpServer, type McpTestServer, texts } from "./mcp_server.ts";

const never = new AbortController().signal;

/** A client of a server, which has its list. */
async function clientOf(server: McpTestServer, options: Partial<McpServerOptions> = {}) {
  const client = new McpServer({ name: "github", url: server.url, ...options });
  const { functions } = await client.list(never);
  const call = (name = "search", input: unknown = {}, signal = never) =>
    client.call(functions.find((fn) => fn.name === name)!, input, signal);
  return { client, functions, call };
}

/** A clock that is turned by hand. */
function handClock() {
  let now = 0;
  const waiting = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
  };
  const turn = (ms: number) => {
    now += ms;
    for (const timer of waiting) {
      if (timer.at > now) continue;
      waiting.delete(timer);
      timer.run();
    }
  };
  return { clock, turn };
}

const search = { tools: [{ name: "search" }] };

Deno.test("a session begins as the protocol says", async () => {
  await using server = await mcpServer(search);
  const headers = { "X-Key": "k", Accept: "text/html", "mcp-session-id": "mine" };
  const { call } = await clientOf(server, { headers });
  await call();
  const [begin, begun, list, called] = server.requests;
  assert.deepEqual(begin!.message.params, {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "genkitd", version: begin!.message.params.clientInfo.version },
  });
  assert.deepEqual(begun!.message, { jsonrpc: "2.0", method: "notifications/initialized" });
  assert.equal(list!.message.method, "tools/list");
  assert.equal(called!.message.method, "tools/call");
  for (const { headers } of server.requests) {
    assert.equal(headers["x-key"], "k");
    assert.equal(headers.accept, "application/json, text/event-stream", "and no author's own");
  }
  for (const { headers } of [begun!, list!, called!]) {
    assert.equal(headers["mcp-protocol-version"], "2025-11-25");
    assert.match(headers["mcp-session-id"] as string, /^[\w-]{36}$/);
  }
});

Deno.test("an older version of the protocol is spoken, and no unknown one", async () => {
  for (const version of ["2025-06-18", "2025-03-26"]) {
    await using server = await mcpServer({ ...search, version });
    const { call } = await clientOf(server);
    assert.equal((await call()).output, "ok");
  }
  await using server = await mcpServer({ ...search, version: "1999-01-01" });
  await assert.rejects(clientOf(server), {
    status: "UNAVAILABLE",
    message: 'The tool "github" has no functions yet: its server speaks no version of the Model ' +
      "Context Protocol that is spoken here, 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05",
  });
});

Deno.test("a list is read to its last page, or to the last function that is chosen", async () => {
  const tools = Array.from({ length: 7 }, (_, i) => ({ name: `f${i}` }));
  await using server = await mcpServer({ tools, pageSize: 2 });
  const all = await clientOf(server);
  assert.deepEqual(all.functions.map(({ name }) => name), tools.map(({ name }) => name));
  assert.equal(server.asked("tools/list").length, 4);
  const some = await clientOf(server, { chosen: ["f3", "f0"] });
  assert.deepEqual(some.functions.map(({ name }) => name), ["f0", "f3"]);
  assert.equal(server.asked("tools/list").length, 6);
});

Deno.test("a list that has no end, or too much in it, is not used", async () => {
  await using endless = await mcpServer({
    intercept: ({ message }, response) => {
      if (message?.method !== "tools/list") return false;
      json(response, message.id, { tools: [], nextCursor: "again" });
      return true;
    },
  });
  await assert.rejects(clientOf(endless), /its server's list has more than 16 pages$/);
  assert.equal(endless.asked("tools/list").length, MCP.pages);
  const tools = Array.from({ length: 129 }, (_, i) => ({ name: `f${i}` }));
  await using many = await mcpServer({ tools });
  await assert.rejects(clientOf(many), /has more than 128 functions, choose some of them/);
  const { functions } = await clientOf(many, { chosen: ["f128"] });
  assert.equal(functions.length, 1);
});

Deno.test("a list ends with a page whose cursor is missing, null or empty", async (t) => {
  for (const end of [{}, { nextCursor: null }, { nextCursor: "" }]) {
    await t.step(JSON.stringify(end), async () => {
      await using server = await mcpServer({
        intercept: ({ message }, response) => {
          if (message?.method !== "tools/list") return false;
          json(response, message.id, { tools: [{ name: "a", inputSchema: {} }], ...end });
          return true;
        },
      });
      const { functions } = await clientOf(server);
      assert.deepEqual(functions.map(({ name }) => name), ["a"]);
      assert.equal(server.asked("tools/list").length, 1);
    });
  }
});

Deno.test("what a server tells of its functions is not trusted", async () => {
  const object = (properties: object) => ({ type: "object", properties });
  await using server = await mcpServer({
    tools: [
      { name: "long", description: "x".repeat(10_000) },
      { name: "spins", inputSchema: object({ q: { type: "string", pattern: "^(a+)+$" } }) },
      { name: "huge", inputSchema: object({ q: { enum: ["x".repeat(70_000)] } }) },
      { name: "wrong", inputSchema: { type: "objet" } },
      { name: "far", inputSchema: { $ref: "https://example.invalid/schema" } },
      { name: "task", execution: { taskSupport: "required" } },
      { name: "" },
      { name: 'a"b\n' },
    ],
  });
  const { client, functions } = await clientOf(server);
  assert.deepEqual(functions.map(({ name }) => name), ["long", "spins"]);
  assert.equal(functions[0]!.description.length, 4_096);
  assert.deepEqual(functions[1]!.inputSchema, object({ q: { type: "string" } }));
  assert.deepEqual(client.known!.unusable, [
    { name: "huge", reason: "its input schema is longer than 65536 characters" },
    { name: "wrong", reason: "its input schema is not valid" },
    { name: "far", reason: "its input schema is not valid" },
    { name: "task", reason: "it can only be run as a task, which is not supported" },
  ]);
});

const results: [what: string, result: unknown, output: unknown, content?: unknown[]][] = [
  ["texts", texts("a", "b"), "a\nb"],
  ["nothing", { content: [] }, ""],
  ["structured content", { structuredContent: { sky: "blue" }, content: [] }, { sky: "blue" }],
  [
    "an image",
    { content: [{ type: "image", data: "aGk=", mimeType: "image/png" }] },
    "[image/png]",
    [{ media: { url: "data:image/png;base64,aGk=", contentType: "image/png" } }],
  ],
  [
    "a sound beside a text",
    {
      content: [{ type: "text", text: "a" }, {
        type: "audio",
        data: "aGk=",
        mimeType: "audio/wav",
      }],
    },
    "a\n[audio/wav]",
    [{ media: { url: "data:audio/wav;base64,aGk=", contentType: "audio/wav" } }],
  ],
  [
    "a link",
    { content: [{ type: "resource_link", uri: "file:///a", name: "A", description: "the first" }] },
    "A: the first (file:///a)",
  ],
  ["a file", { content: [{ type: "resource", resource: { uri: "x", text: "inside" } }] }, "inside"],
  [
    "a binary",
    { content: [{ type: "resource", resource: { uri: "x:y", blob: "aGk=" } }] },
    "[x:y]",
  ],
  ["what is not known", { content: [{ type: "smell", text: "a" }] }, ""],
];
for (const [what, result, output, content] of results) {
  Deno.test(`a function gives ${what}`, async () => {
    await using server = await mcpServer({ ...search, call: () => result });
    const { call } = await clientOf(server);
    assert.deepEqual(await call(), { output, ...content && { content }, isError: false });
  });
}

Deno.test("an answer that does not fit the function's schema is a failure", async () => {
  const outputSchema = { type: "object", properties: { sky: { type: "string" } } };
  await using server = await mcpServer({
    tools: [{ name: "search", outputSchema }],
    call: () => ({ content: [], structuredContent: { sky: 1 } }),
  });
  const { call } = await clientOf(server);
  await failure(call(), "its answer does not fit its schema", 'at "sky": it must be string');
});

Deno.test("a session that the server forgot is begun once more, for one request", async () => {
  await using server = await mcpServer(search);
  const { call } = await clientOf(server);
  server.forget();
  assert.equal((await call()).output, "ok");
  assert.equal(server.asked("initialize").length, 2);
  server.behaviour.intercept = ({ message }, response) => {
    if (message?.method === "tools/call") response.writeHead(404).end();
    return message?.method === "tools/call";
  };
  await failure(call(), "its server forgets its sessions");
  assert.equal(server.asked("initialize").length, 3);
});

Deno.test("a session is lost too where a server refuses it with 400 and says so", async () => {
  // The examples of the official TypeScript SDK do, once they are started again.
  const refusals = ["Bad Request: No valid session ID provided", "Bad Request: wrong version"];
  await using server = await mcpServer({
    ...search,
    intercept: ({ message }, response) => {
      if (message?.method !== "tools/call" || refusals.length === 0) return false;
      const error = { code: -32000, message: refusals.shift() };
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", error, id: null }));
      return true;
    },
  });
  const { call } = await clientOf(server);
  const refused = refusals.pop()!;
  assert.equal((await call()).output, "ok");
  assert.equal(server.asked("initialize").length, 2);
  refusals.push(refused);
  await failure(call(), "its server answered 400");
  assert.equal(server.asked("initialize").length, 2);
});

Deno.test("calls at the same time begin one session", async () => {
  await using server = await mcpServer(search);
  const { call } = await clientOf(server);
  server.forget();
  await Promise.all(Array.from({ length: 8 }, () => call()));
  assert.equal(server.asked("initialize").length, 2, "and not one each");
});

Deno.test("a server's own requests are answered while it works", async () => {
  const request = (id: number, method: string) => ({ jsonrpc: "2.0", id, method });
  await using server = await mcpServer({
    ...search,
    mode: "sse",
    before: [
      request(7, "ping"),
      request(8, "sampling/createMessage"),
      { jsonrpc: "2.0", method: "notifications/progress", params: {} },
      { jsonrpc: "2.0", id: 99, result: { content: [{ type: "text", text: "of another" }] } },
    ],
  });
  const { call } = await clientOf(server);
  const replies = new Promise<void>((resolve) => {
    // Each is sent by itself, and may arrive before the other.
    const awaited = new Set([7, 8]);
    server.behaviour.intercept = ({ message }) => {
      if (message?.method === undefined && awaited.delete(message?.id) && awaited.size === 0) {
        resolve();
      }
      return false;
    };
  });
  assert.equal((await call()).output, "ok");
  await replies;
  const sent = server.requests.map(({ message }) => message).filter(({ id }) =>
    id === 7 || id === 8
  );
  assert.deepEqual(sent.find(({ id, result }) => id === 7 && result), {
    jsonrpc: "2.0",
    id: 7,
    result: {},
  });
  assert.equal(sent.find(({ id, error }) => id === 8 && error).error.code, -32601);
});

Deno.test("a stream that ends before the answer is taken up where it ended", async () => {
  await using server = await mcpServer({
    ...search,
    intercept: ({ method, message, headers }, response) => {
      const begin = () => response.writeHead(200, { "content-type": "text/event-stream" });
      if (message?.method === "tools/call") begin().end("id: e1\nretry: 1\ndata:\n\n");
      else if (method === "GET") {
        const answer = {
          jsonrpc: "2.0",
          id: 3,
          result: texts(`after ${headers["last-event-id"]}`),
        };
        begin().end(`data: ${JSON.stringify(answer)}\n\n`);
      } else return false;
      return true;
    },
  });
  const { call } = await clientOf(server);
  assert.equal((await call()).output, "after e1");
});

const SECRET = "a-secret-header-value";
const faults: [
  what: string,
  answer: (response: ServerResponse, id: number) => void,
  why: string,
  said?: string,
][] = [
  [
    "an error of the protocol",
    (response, id) => rpc(response, { id, error: { code: -32602, message: `Unknown; ${SECRET}` } }),
    "its server answered with the error -32602",
    "Unknown; ***",
  ],
  [
    "a status",
    (response) => response.writeHead(403).end(`not for ${SECRET}`),
    "its server answered 403",
    "not for ***",
  ],
  [
    "what is not JSON",
    (response) => response.writeHead(200, { "content-type": "application/json" }).end("<html>"),
    "its server's answer is not JSON",
  ],
  [
    "a page",
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
    "its server's answer is not JSON",
  ],
  ["nothing", (response) => response.writeHead(202).end(), "its server answered 202 with nothing"],
  [
    "another request's answer",
    (response) => rpc(response, { id: 99, result: {} }),
    "its server's answer is no answer of the Model Context Protocol",
  ],
  [
    "no content",
    (response, id) => json(response, id, {}),
    "its server gave neither content nor structuredContent",
  ],
  [
    "too much",
    (response, id) => json(response, id, texts("x".repeat(2_000))),
    "its server's answer is longer than 1000 bytes",
  ],
  [
    "too much in events",
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`: ${"x".repeat(600)}\n\n`.repeat(2));
    },
    "its server's answer is longer than 1000 bytes",
  ],
  [
    "half a stream",
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {", () => response.destroy());
    },
    "its server broke its answer off",
  ],
  ["no answer at all", (response) => response.destroy(), "its server could not be reached"],
  [
    "a redirect to another host",
    (response) => response.writeHead(307, { location: "http://127.0.0.2:1/mcp" }).end(),
    "its server answered 307, to another host",
  ],
  [
    "a redirect that would make it a GET",
    (response) => response.writeHead(303, { location: "/mcp" }).end(),
    "its server answered 303",
  ],
];
for (const [what, answer, why, said] of faults) {
  Deno.test(`a function fails where its server answers with ${what}`, async () => {
    await using server = await mcpServer({
      ...search,
      intercept: ({ message }, response) => {
        if (message?.method === "tools/call") answer(response, message.id);
        return message?.method === "tools/call";
      },
    });
    const headers = { authorization: `Bearer ${SECRET}` };
    const { call } = await clientOf(server, { headers, maxResponseBytes: 1_000 });
    await failure(call(), why, said);
  });
}

Deno.test("redirects within the host are followed, with the same message", async () => {
  await using server = await mcpServer(search);
  const { call } = await clientOf(server);
  for (const status of [301, 302, 307, 308]) {
    let once = false;
    server.behaviour.intercept = ({ message }, response) => {
      const takes = message?.method === "tools/call" && !once;
      if (takes) response.writeHead(status, { location: "/mcp/" }).end();
      once ||= takes;
      return takes;
    };
    assert.equal((await call()).output, "ok");
  }
});

Deno.test("a call that takes too long is cancelled at the server", async () => {
  const { clock, turn } = handClock();
  await using server = await mcpServer({ ...search, call: () => new Promise(() => {}) });
  const { call } = await clientOf(server, { clock, timeoutSeconds: 3 });
  const failed = failure(call(), "its server did not answer within 3 s");
  const { message: { id } } = await server.got("tools/call");
  turn(3_000);
  await failed;
  assert.equal((await server.got("notifications/cancelled")).message.params.requestId, id);
});

Deno.test("a server that does not tell what it has is waited for 5 s, and asked again after 1 s", async () => {
  const { clock, turn } = handClock();
  await using server = await mcpServer({
    ...search,
    intercept: ({ message }) => message?.method === "tools/list",
  });
  const client = new McpServer({ name: "github", url: server.url, clock });
  const failed = assert.rejects(client.list(never), {
    status: "UNAVAILABLE",
    message:
      'The tool "github" has no functions yet: its server did not tell what it has in 5000 ms',
  });
  await server.got("tools/list");
  turn(5_000);
  await failed;
  server.behaviour.intercept = () => false;
  await assert.rejects(client.list(never), { status: "UNAVAILABLE" });
  assert.equal(server.asked("tools/list").length, 1, "not at once");
  turn(1_000);
  assert.equal((await client.list(never)).functions.length, 1);
});

Deno.test("an old list is used while a new one is read, and kept where there is none", async () => {
  const { clock, turn } = handClock();
  await using server = await mcpServer(search);
  const { client } = await clientOf(server, { clock });
  const first = client.known!.functions[0];
  server.behaviour.tools = [{ name: "search" }, { name: "more" }];
  turn(MCP.listAge + 1);
  assert.equal((await client.list(never)).functions.length, 1);
  while (client.known!.functions.length === 1) await new Promise((wait) => setTimeout(wait, 5));
  assert.equal(client.known!.functions[0], first, "what stayed the same is the same object");
  server.behaviour.intercept = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  turn(MCP.listAge + 1);
  assert.equal((await client.newList(never)).functions.length, 2);
});

Deno.test("a caller that has gone waits for no list, which others still get", async () => {
  const go = Promise.withResolvers<void>();
  await using server = await mcpServer({
    ...search,
    intercept: async ({ message }) => {
      if (message?.method === "tools/list") await go.promise;
      return false;
    },
  });
  const client = new McpServer({ name: "github", url: server.url });
  const controller = new AbortController();
  const gone = client.list(controller.signal);
  const stays = client.list(never);
  await server.got("tools/list");
  controller.abort(new Error("gone"));
  await assert.rejects(gone, { message: "gone" });
  go.resolve();
  assert.equal((await stays).functions.length, 1);
  assert.equal(server.asked("tools/list").length, 1);
});

async function failure(call: Promise<unknown>, why: string, said?: string): Promise<void> {
  const error = await call.then(() => undefined, (error) => error);
  assert.ok(error instanceof ToolFailure, String(error));
  assert.equal(error.message, `The tool "github/search" failed: ${why}`);
  if (said !== undefined) assert.equal(error.said, said);
  assert.doesNotMatch(`${error.message} ${error.said}`, new RegExp(SECRET));
}

function json(response: ServerResponse, id: number, result: unknown): void {
  rpc(response, { id, result });
}

function rpc(response: ServerResponse, message: object): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", ...message }));
}
