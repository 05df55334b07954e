/** Interrupted calls inside a sandbox, with a model that gives its requests no refs. */
import assert from "assert";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import type { RunningCall } from "../../runner/sandbox/running_call.ts";
import type { Step } from "../../runner/host/step.ts";
import { echoFlow, flowDefinition, runningCall } from "./flow_definition.ts";
import { geminiServer, KEY } from "./gemini_server.ts";
import { mcpServer, texts } from "./mcp_server.ts";
import { toolServer } from "./tool_call.ts";

async function load(url: string, toolUrl: string, onError?: string) {
  const http = { url: toolUrl };
  return await loadFlow({
    definition: flowDefinition({ main: "Hi" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL: url } },
        defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
      },
      tools: [{
        definition: { name: "pay", description: "Pays" },
        implementation: { http, approval: "Required", ...onError && { onError } },
      }],
    }),
    credentials: { GEMINI_API_KEY: KEY },
  });
}

/** What a call goes on with, as it comes from the main process. */
function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("requests of one tool that have no refs keep their order and what the model signed", async () => {
  await using tool = await toolServer(async (request) => Response.json(await request.json()));
  await using gemini = await geminiServer(({ body }) =>
    body.contents.length === 1
      ? [
        { functionCall: { name: "pay", args: { to: "a" } }, thoughtSignature: "c2lnbmVk" },
        { functionCall: { name: "pay", args: { to: "b" } } },
      ]
      : [{ text: "done" }]
  );
  const flow = await load(gemini.url, tool.url);
  const steps: Step[] = [];
  const running = (): RunningCall => ({ ...runningCall(), onStep: (step) => steps.push(step) });
  const { pending, messages } = sent(await flow.call("main", { input: {} }, running()));
  assert.deepEqual(pending!.map(({ ref, input }) => [ref, input]), [
    ["1", { to: "a" }],
    ["2", { to: "b" }],
  ]);
  assert.deepEqual(steps.map(({ kind, error }) => [kind, error]), [["model", undefined]]);

  const second = running();
  const { text, usage } = await flow.call("main", {
    input: {},
    conversation: {
      messages: messages!,
      decisions: [{ ref: "1", decision: "respond", output: "A" }, {
        ref: "2",
        decision: "approve",
      }],
    },
  }, second);
  assert.equal(text, "done");
  assert.deepEqual(usage, { inputTokens: 7, outputTokens: 3 });
  assert.deepEqual(steps.slice(1).map(({ kind }) => kind), ["tool", "model"]);
  const [, asked, answered] = gemini.requests[1]!.body.contents;
  assert.equal(asked.parts[0].thoughtSignature, "c2lnbmVk");
  assert.deepEqual(
    answered.parts.map((
      { functionResponse }: { functionResponse: { response: { content: unknown } } },
    ) => functionResponse.response.content),
    ["A", { to: "b" }],
  );
});

Deno.test("an approved tool that fails is taken as it says", async () => {
  await using tool = await toolServer(() => new Response("no", { status: 500 }));
  await using gemini = await geminiServer(({ body }) =>
    body.contents.length === 1
      ? [{ functionCall: { name: "pay", args: {} } }]
      : [{ text: JSON.stringify(body.contents[2].parts[0].functionResponse.response) }]
  );
  const resume = async (onError?: string) => {
    const flow = await load(gemini.url, tool.url, onError);
    const { messages } = sent(await flow.call("main", { input: {} }, runningCall()));
    const decisions = [{ ref: "1", decision: "approve" as const }];
    const conversation = { messages: messages!, decisions };
    return (await flow.call("main", { input: {}, conversation }, runningCall())).text;
  };
  await assert.rejects(resume(), { http: 502, message: /^The tool "pay" failed: .* 500$/ });
  assert.match(await resume("ReportToModel"), /The tool \\?"pay\\?" failed: .* 500/);
});

Deno.test("a function of an MCP server waits for approval as its tool says", async () => {
  await using server = await mcpServer({
    tools: [{ name: "drop", inputSchema: { type: "object" } }],
    call: (name) => texts(`${name} is done`),
  });
  const implementation = { mcp: { url: server.url }, approval: "Required" };
  const flow = await echoFlow({ main: "---\nconfig:\n  callTool: drop\n---\nHi" }, {
    tools: [{ definition: { name: "db" }, implementation }],
  });
  const { pending, messages } = sent(await flow.call("main", { input: {} }, runningCall()));
  assert.deepEqual(pending, [{ ref: "1", name: "drop", input: {} }]);
  assert.equal(server.asked("tools/call").length, 0);
  const decisions = [{ ref: "1", decision: "approve" as const }];
  const conversation = { messages: messages!, decisions };
  const { text } = await flow.call("main", { input: {}, conversation }, runningCall());
  assert.equal(text, "drop is done");
  assert.equal(server.asked("tools/call").length, 1);
  await flow.close();
});
