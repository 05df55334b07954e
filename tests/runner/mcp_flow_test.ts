/** Flows whose tools come from MCP servers, from the tool's file to the model's answer. */
import assert from "assert";
import type { Step } from "../../runner/host/step.ts";
import { SandboxSession } from "../../runner/sandbox/sandbox_session.ts";
import { callMain, echoFlow, flowDefinition, runningCall, textOf } from "./flow_definition.ts";
import { mcpServer, texts } from "./mcp_server.ts";
import { toolServer } from "./tool_call.ts";

const SEARCH = {
  name: "search",
  description: "Searches",
  inputSchema: { type: "object", properties: { q: { type: "string" } }, required: ["q"] },
};

/** A tool's file. */
function mcpTool(url: string, more: Record<string, unknown> = {}, name = "github") {
  const { onError, ...mcp } = more;
  return { definition: { name }, implementation: { mcp: { url, ...mcp }, onError } };
}

/** A prompt whose model calls a tool, and answers with what that gave. */
function calling(tool: string, frontmatter = "") {
  return { main: `---\n${frontmatter}config:\n  callTool: ${tool}\n---\nHi` };
}

for (const mode of ["json", "sse"] as const) {
  for (const sessions of [true, false]) {
    Deno.test(`a model calls a function of a server that answers by ${mode}, ${sessions ? "with" : "without"} sessions`, async () => {
      await using server = await mcpServer({
        mode,
        sessions,
        tools: [SEARCH],
        call: (name, { q }) => texts(`${name} for ${q}`),
      });
      const flow = await echoFlow(calling("search"), { tools: [mcpTool(server.url)] });
      assert.deepEqual(flow.warnings, []);
      assert.equal(await textOf(flow), "search for q");
      assert.equal(await textOf(flow), "search for q");
      assert.equal(server.asked("initialize").length, 1, "in one session");
      assert.equal(server.asked("tools/list").length, 1);
      await flow.close();
      const ended = server.requests.filter(({ method }) => method === "DELETE");
      assert.equal(ended.length, sessions ? 1 : 0);
    });
  }
}

Deno.test("a model is told of a server's functions, and steps have their names", async () => {
  const steps: Step[] = [];
  await using server = await mcpServer({ tools: [SEARCH, { name: "repos/list.all" }] });
  const flow = await echoFlow(calling("repos_list_all"), { tools: [mcpTool(server.url)] });
  await flow.call("main", { input: {} }, { ...runningCall(), onStep: (step) => steps.push(step) });
  assert.deepEqual(server.asked("tools/call").map(({ message }) => message.params), [
    { name: "repos/list.all", arguments: {} },
  ]);
  const tools = steps.flatMap((step) => step.kind === "tool" ? step.tool : []);
  assert.deepEqual(tools, ["repos_list_all"]);
});

Deno.test("a prompt chooses among a server's functions", async (t) => {
  await using server = await mcpServer({ tools: [SEARCH, { name: "drop" }] });
  const gives = async (names: string, tool: string, mcp = {}) => {
    const flow = await echoFlow(calling(tool, names), { tools: [mcpTool(server.url, mcp)] });
    // Echo calls a tool only where it has one of this name.
    return await textOf(flow);
  };
  await t.step("all, by the tool's name", async () => {
    assert.equal(await gives("tools: [github]\n", "drop"), "ok");
  });
  await t.step("one, by its own name", async () => {
    assert.equal(await gives("tools: [github/search]\n", "search"), "ok");
    assert.equal(await gives("tools: [github/search]\n", "drop"), "Hi");
  });
  await t.step("none", async () => assert.equal(await gives("tools: []\n", "drop"), "Hi"));
  await t.step("of those that the tool has chosen", async () => {
    assert.equal(await gives("", "drop", { tools: ["search"] }), "Hi");
    await assert.rejects(gives("tools: [github/drop]\n", "drop", { tools: ["search"] }), {
      message:
        'prompts/main.prompt: it asks for the tool "github/drop", which the flow does not have',
    });
  });
});

Deno.test("functions that a model could not tell apart are refused, with both names", async (t) => {
  await using server = await mcpServer({ tools: [SEARCH] });
  const same = [mcpTool(server.url), mcpTool(server.url, {}, "docs")];
  const why = 'a model knows its tools "github/search" and "docs/search" both as "search"';
  await t.step("where the flow is loaded", async () => {
    await assert.rejects(
      echoFlow(calling("search"), { tools: same }),
      (error: Error) => error.message.includes(why),
    );
  });
  await t.step("where a prompt takes one of them, it may have it", async () => {
    const flow = await echoFlow(calling("search", "tools: [docs/search]\n"), { tools: same });
    assert.equal(await textOf(flow), "ok");
  });
  await t.step("where the server has it later", async () => {
    const http = { url: server.url };
    const drop = { definition: { name: "drop" }, implementation: { http } };
    const flow = await echoFlow(calling("search"), { tools: [mcpTool(server.url), drop] });
    server.behaviour.mode = "sse";
    server.behaviour.before = [{ jsonrpc: "2.0", method: "notifications/tools/list_changed" }];
    server.behaviour.tools = [SEARCH, { name: "drop" }];
    assert.equal(await textOf(flow), "ok");
    await assert.rejects(textOf(flow), {
      status: "UNAVAILABLE",
      message: 'The flow cannot be called: a model knows its tools "drop" and "github/drop" both ' +
        'as "drop", and could not tell them apart',
    });
  });
});

Deno.test("a list that has changed is read again before the next call", async () => {
  await using server = await mcpServer({ mode: "sse", tools: [SEARCH] });
  const flow = await echoFlow({ ...calling("later"), say: calling("search").main }, {
    tools: [mcpTool(server.url)],
  });
  const say = () => flow.call("say", { input: {} }, runningCall());
  assert.equal(await textOf(flow), "Hi", "without a tool of this name");
  server.behaviour.tools = [SEARCH, { name: "later" }];
  await say();
  assert.equal(await textOf(flow), "Hi", "nobody said that there is another");
  server.behaviour.before = [{ jsonrpc: "2.0", method: "notifications/tools/list_changed" }];
  await say();
  assert.equal(await textOf(flow), "ok");
});

Deno.test("a server that is down costs calls, not the flow's load", async (t) => {
  // Nobody listens at this port, which no system gives to who asks for any.
  const gone = { url: "http://127.0.0.1:2/mcp" };
  const why = 'The tool "github" has no functions yet: its server could not be reached';
  await t.step("a call fails with 503", async () => {
    const flow = await echoFlow(calling("search"), { tools: [mcpTool(gone.url)] });
    assert.deepEqual(flow.warnings, [`${why}; it is asked again when the flow is called`]);
    await assert.rejects(textOf(flow), { status: "UNAVAILABLE", http: 503, message: why });
  });
  await t.step("a model that is told of failures reads it where it calls the tool", async () => {
    for (const [tool, mcp] of [["github", {}], ["search", { tools: ["search"] }]] as const) {
      const tools = [mcpTool(gone.url, { ...mcp, onError: "ReportToModel" })];
      const flow = await echoFlow(calling(tool), { tools });
      const name = tool === "github" ? tool : "github/search";
      assert.deepEqual(JSON.parse(await textOf(flow)), {
        error: {
          message: `The tool "${name}" failed: it is not available now`,
          details: why,
        },
      });
    }
  });
});

Deno.test("a function that the server does not have is a warning, and a call's failure", async () => {
  await using server = await mcpServer({ tools: [SEARCH] });
  const flow = await echoFlow(calling("search"), {
    tools: [mcpTool(server.url, { tools: ["serch"] })],
  });
  const why = 'tool "github" has no function "serch" on its server (did you mean "search"?)';
  assert.deepEqual(flow.warnings, [`the ${why}`]);
  await assert.rejects(textOf(flow), { status: "UNAVAILABLE", message: `The ${why}` });
});

Deno.test("a failing function fails the call, or is told to the model", async () => {
  const secret = "a-secret-header-value";
  await using server = await mcpServer({
    tools: [SEARCH],
    call: () => ({ ...texts(`no rights for ${secret}`) as object, isError: true }),
  });
  const headers = { authorization: `Bearer ${secret}` };
  const failing = await echoFlow(calling("search"), { tools: [mcpTool(server.url, { headers })] });
  const message = 'The tool "github/search" failed: it says so itself';
  await assert.rejects(textOf(failing), { status: "INTERNAL", http: 502, message });
  const telling = await echoFlow(calling("search"), {
    tools: [mcpTool(server.url, { headers, onError: "ReportToModel" })],
  });
  assert.deepEqual(JSON.parse(await textOf(telling)), {
    error: { message, details: "no rights for ***" },
  });
  assert.ok(server.requests.every(({ headers }) => headers.authorization === `Bearer ${secret}`));
});

Deno.test("an input that does not fit the server's schema is not sent", async () => {
  const inputSchema = { type: "object", properties: { q: { type: "string", not: {} } } };
  await using server = await mcpServer({ tools: [{ ...SEARCH, inputSchema }] });
  const flow = await echoFlow(calling("search"), { tools: [mcpTool(server.url)] });
  await assert.rejects(callMain(flow), /does not fit its schema: at "q"/);
  assert.equal(server.asked("tools/call").length, 0);
});

Deno.test("a cancelled call is cancelled at the server", async () => {
  await using server = await mcpServer({ tools: [SEARCH], call: () => new Promise(() => {}) });
  const flow = await echoFlow(calling("search"), {
    tools: [mcpTool(server.url, { onError: "ReportToModel" })],
  });
  const controller = new AbortController();
  const call = flow.call("main", { input: {} }, runningCall(controller.signal));
  const { message: { id } } = await server.got("tools/call");
  controller.abort();
  await assert.rejects(call, { status: "CANCELLED" });
  const { message } = await server.got("notifications/cancelled");
  assert.equal(message.params.requestId, id);
});

Deno.test("other tools stand beside a server's", async () => {
  await using look = await toolServer(() => Response.json("sunny"));
  await using server = await mcpServer({ tools: [SEARCH] });
  const http = { definition: { name: "look" }, implementation: { http: { url: look.url } } };
  const flow = await echoFlow({
    ...calling("look"),
    search: calling("search", "tools: [github/search]\n").main,
  }, { tools: [mcpTool(server.url), http] });
  assert.equal(await textOf(flow), "sunny");
  const { text } = await flow.call("search", { input: {} }, runningCall());
  assert.equal(text, "ok");
});

Deno.test("a flow that is unloaded ends its sessions", async () => {
  await using server = await mcpServer({ tools: [SEARCH] });
  const session = new SandboxSession({ send: () => {}, residentBytes: () => 0 });
  const definition = flowDefinition(calling("search"), { tools: [mcpTool(server.url)] });
  await session.receive({ type: "load", flow: "1", definition, credentials: {} });
  await session.receive({ type: "unload", flow: "1" });
  const { headers } = await server.got("DELETE");
  assert.equal(headers["mcp-session-id"], server.asked("tools/list")[0]!.headers["mcp-session-id"]);
});
