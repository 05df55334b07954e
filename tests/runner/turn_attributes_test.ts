/** What a turn of each provider tells for its span: where it was asked, with what, and who answered. */
import assert from "assert";
import type { ModelStep, Step } from "../../runner/host/step.ts";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import { limitedFetch } from "../../runner/sandbox/limited_fetch.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { tracedFetch } from "../../runner/sandbox/traced_fetch.ts";
import {
  anthropicEvent,
  anthropicMessage,
  anthropicWire,
  blockEvents,
  messageEnd,
} from "./anthropic_wire.ts";
import { bedrockFlow } from "./bedrock_flow.ts";
import { converseAnswer } from "./bedrock_server.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { geminiBody, geminiFormat, googleaiWire } from "./gemini_wire.ts";
import { event } from "./openai/chat_api_server.ts";
import { chatFlow } from "./openai/chat_flow.ts";
import { eventStream, type ProviderRequest, providerServer } from "./provider_server.ts";
import { vertexWire } from "./vertex_wire.ts";

// As sandboxes do: they see where a provider is asked, and what it streams.
globalThis.fetch = tracedFetch(limitedFetch(globalThis.fetch));

const CONFIG = {
  temperature: 0,
  topP: 0.5,
  topK: 4,
  maxOutputTokens: 9,
  frequencyPenalty: -0.5,
  presencePenalty: 0.25,
  stopSequences: ["END"],
  seed: 7,
};
const { maxOutputTokens: maxTokens, ...ASKED } = CONFIG;

const SOURCE = `---\nconfig: ${JSON.stringify(CONFIG)}\n---\nGreet`;

/** A provider, an answer of it, and what it calls that. */
interface Answering {
  load(url: string, source: string): Promise<Flow>;
  answer(request: ProviderRequest): Response;
  named: Pick<ModelStep, "responseId" | "responseModel">;
}

function gemini(request: ProviderRequest): Response {
  const named = { responseId: "resp-1", modelVersion: "gemini-2.5-flash-001" };
  const body = (last: boolean) => ({ ...geminiBody([{ text: "Hi" }], last), ...named });
  if (!geminiFormat.streams(request)) return Response.json(body(true));
  return eventStream(...[false, true].map((last) => `data: ${JSON.stringify(body(last))}\r\n\r\n`));
}

const byGemini = { responseId: "resp-1", responseModel: "gemini-2.5-flash-001" };

const ANSWERING: Record<string, Answering> = {
  googleai: {
    load: (url, source) => googleaiWire.load(url, { source, key: googleaiWire.key }),
    answer: gemini,
    named: byGemini,
  },
  vertexai: {
    load: (url, source) => vertexWire().load(url, { source, key: vertexWire().key }),
    answer: (request) => vertexWire().other?.(request) ?? gemini(request),
    named: byGemini,
  },
  anthropic: {
    load: (url, source) => anthropicWire.load(url, { source, key: anthropicWire.key }),
    answer: ({ body }) => {
      if (!body.stream) return anthropicMessage([{ type: "text", text: "Hi" }]);
      const message = { id: "msg_1", model: "claude", usage: { input_tokens: 1 } };
      const delta = { type: "text_delta", text: "Hi" };
      return eventStream(
        anthropicEvent("message_start", { message }),
        blockEvents(0, { type: "text", text: "" }, [delta]),
        messageEnd("end_turn"),
      );
    },
    named: { responseId: "msg_1", responseModel: "claude" },
  },
  openai: {
    load: (url, source) => chatFlow(url, { source }),
    answer: ({ body }) => {
      const named = { id: "chatcmpl-7", model: "gpt-5-mini-2025-08-07" };
      const end = { index: 0, finish_reason: "stop" };
      const message = { role: "assistant", content: "Hi" };
      if (!body.stream) return Response.json({ ...named, choices: [{ ...end, message }] });
      return eventStream(
        event({ id: "", model: "", choices: [], prompt_filter_results: [] }),
        event({ ...named, choices: [{ ...end, delta: { content: "Hi" } }] }),
        "data: [DONE]\n\n",
      );
    },
    named: { responseId: "chatcmpl-7", responseModel: "gpt-5-mini-2025-08-07" },
  },
  // Converse says neither.
  bedrock: {
    load: (url, source) => bedrockFlow(url, { source }),
    answer: ({ path }) =>
      converseAnswer({ stream: path.endsWith("-stream") }, { content: [{ text: "Hi" }] }),
    named: {},
  },
};

async function turn(flow: Flow, { traced = true, stream = false } = {}): Promise<ModelStep> {
  const steps: Step[] = [];
  await flow.call("main", { input: {} }, {
    ...runningCall(),
    ...traced && { traced },
    ...stream && { window: new StreamWindow(() => {}) },
    onStep: (step) => steps.push(step),
  });
  const [step] = steps;
  assert.ok(step?.kind === "model");
  return step;
}

for (const [provider, { load, answer, named }] of Object.entries(ANSWERING)) {
  for (const stream of [false, true]) {
    Deno.test(`${provider} tells of a turn where, with what and of whom it asked${stream ? ", streamed" : ""}`, async () => {
      await using server = await providerServer(answer);
      const { responseId, responseModel, ...step } = await turn(await load(server.url, SOURCE), {
        stream,
      });
      assert.deepEqual(step.server, {
        address: "127.0.0.1",
        port: Number(new URL(server.url).port),
      });
      assert.deepEqual(step.request, { ...ASKED, maxTokens });
      const said = {
        ...responseId !== undefined && { responseId },
        ...responseModel !== undefined && { responseModel },
      };
      assert.deepEqual(said, named);
    });
  }
}

Deno.test("a turn that nobody traces tells where it was asked, for metrics, and no more", async () => {
  const { load, answer } = ANSWERING.openai!;
  await using server = await providerServer(answer);
  const step = await turn(await load(server.url, SOURCE), { traced: false });
  assert.equal(step.server?.address, "127.0.0.1");
  for (const key of ["request", "responseId", "responseModel"]) assert.ok(!(key in step), key);
});

Deno.test("a turn is asked where its model is, whatever its tools ask", async () => {
  const asked: string[] = [];
  await using tool = await providerServer(() => Response.json({ sky: "blue" }));
  await using server = await providerServer(({ body }) => {
    asked.push(JSON.stringify(body));
    const call = { id: "c", type: "function", function: { name: "look", arguments: "{}" } };
    const message = asked.length === 1
      ? { role: "assistant", content: null, tool_calls: [call] }
      : { role: "assistant", content: "Hi" };
    return Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }] });
  });
  const look = { name: "look", description: "Looks", inputSchema: { type: "object" } };
  const flow = await loadFlow({
    definition: flowDefinition({ main: "Greet" }, {
      config: {
        plugin: { type: "openai", extraConfig: { baseURL: `${server.url}/v1` } },
        defaultModel: { provider: "openai", model: "gpt-5-mini" },
      },
      tools: [{
        definition: look,
        implementation: { http: { url: `${tool.url}/look`, method: "POST" } },
      }],
    }),
    credentials: { OPENAI_API_KEY: "k" },
  });
  const steps: Step[] = [];
  await flow.call("main", { input: {} }, {
    ...runningCall(),
    onStep: (step) => steps.push(step),
  });
  const port = Number(new URL(server.url).port);
  const ports = steps.map((step) => step.kind === "model" ? step.server?.port : step.tool);
  assert.deepEqual(ports, [port, "look", port]);
});
