/** By which id a call of a tool is told apart from others, in its step and its span. */
import assert from "assert";
import { readStep, type Step } from "../../runner/host/step.ts";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import { stepAttributes } from "../../runner/telemetry/step_attributes.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { geminiServer, KEY } from "./gemini_server.ts";
import { providerServer } from "./provider_server.ts";
import { toolServer } from "./tool_call.ts";

const DEFINITION = { name: "look", description: "Looks", inputSchema: { type: "object" } };

/** The ids that a call's tools had, in their order; null where a step has none. */
async function idsOf(flow: Flow, { traced = true } = {}): Promise<(string | null)[]> {
  const steps: Step[] = [];
  await flow.call("main", { input: {} }, {
    ...runningCall(),
    ...traced && { traced },
    onStep: (step) => steps.push(step),
  });
  return steps.flatMap((step) => step.kind === "tool" ? [step.callId ?? null] : []);
}

async function chatFlow(url: string, tool: string): Promise<Flow> {
  return await loadFlow({
    definition: flowDefinition({ main: "Greet" }, {
      config: {
        plugin: { type: "openai", extraConfig: { baseURL: `${url}/v1` } },
        defaultModel: { provider: "openai", model: "gpt-5-mini" },
      },
      tools: [{ definition: DEFINITION, implementation: { http: { url: tool, method: "POST" } } }],
    }),
    credentials: { OPENAI_API_KEY: "k" },
  });
}

/** A chat server whose first answer calls the tool by these ids. */
function chatServer(ids: readonly string[]) {
  return providerServer(({ body }) => {
    const first = (body as { messages: unknown[] }).messages.length === 1;
    const tool_calls = ids.map((id) => ({
      id,
      type: "function",
      function: { name: "look", arguments: "{}" },
    }));
    const message = first
      ? { role: "assistant", content: null, tool_calls }
      : { role: "assistant", content: "Hi" };
    return Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }] });
  });
}

Deno.test("a tool's call is told by the provider's id, where it is traced", async (t) => {
  await using tool = await toolServer(() => Response.json({ sky: "blue" }));
  await using server = await chatServer(["call-a", "call-b"]);
  const flow = await chatFlow(server.url, tool.url);
  await t.step("each by its own", async () => {
    assert.deepEqual((await idsOf(flow)).sort(), ["call-a", "call-b"]);
  });
  await t.step("and by none where nobody traces", async () => {
    assert.deepEqual(await idsOf(flow, { traced: false }), [null, null]);
  });
});

Deno.test("a tool's call has no id where the provider gives none", async () => {
  await using gemini = await geminiServer(({ path, body }) =>
    path === "/tool"
      ? Response.json({ sky: "blue" })
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: {} } }]
      : [{ text: "Hi" }]
  );
  const url = `${gemini.url}/tool`;
  const flow = await loadFlow({
    definition: flowDefinition({ main: "Greet" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
        defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
      },
      tools: [{ definition: DEFINITION, implementation: { http: { url, method: "POST" } } }],
    }),
    credentials: { GEMINI_API_KEY: KEY },
    toolHeaders: { look: { "x-goog-api-key": KEY } },
  });
  assert.deepEqual(await idsOf(flow), [null]);
});

Deno.test("the id of a tool's call is read as what a sandbox says, and stands in the span", () => {
  const said = { kind: "tool", tool: "look", start: 0, ms: 1 };
  const attribute = (callId?: unknown) =>
    stepAttributes(readStep({ ...said, ...callId !== undefined && { callId } }, 1)!)[
      "gen_ai.tool.call.id"
    ];
  assert.equal(attribute("call-a"), "call-a");
  assert.equal(attribute(), undefined);
  assert.equal(attribute({ not: "a name" }), "");
  assert.equal(attribute("x".repeat(1_000)), "x".repeat(128));
});
