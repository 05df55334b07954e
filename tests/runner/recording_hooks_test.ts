import assert from "assert";
import type { Step } from "../../runner/host/step.ts";
import type { Answer, Exchange } from "../../runner/recording/exchange.ts";
import { Recording } from "../../runner/recording/recording.ts";
import { sandboxError } from "../../runner/sandbox/call_failure.ts";
import type { Flow } from "../../runner/sandbox/flow.ts";
import { RecordedCall } from "../../runner/sandbox/recorded_call.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { anthropicWire } from "./anthropic_wire.ts";
import { runningCall } from "./flow_definition.ts";
import { googleaiWire } from "./gemini_wire.ts";
import { type ApiRequest, chatApiServer, type Said } from "./openai/chat_api_server.ts";
import { chatFlow } from "./openai/chat_flow.ts";
import { providerServer } from "./provider_server.ts";

const PROMPT = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";
const SECRET = "a-secret-of-the-tool";

/** Calls `main`, with a recording; `stream` gives the chunks as well. */
async function call(
  flow: Flow,
  recording: Recording,
  { stream = false, input = { name: "Ann" }, signal = new AbortController().signal } = {},
) {
  const chunks: unknown[] = [];
  const steps: Step[] = [];
  const { recall, note } = recording.of("test");
  const recorded = new RecordedCall({
    // deno-lint-ignore require-await -- so that a throw is a rejection, as a message's is
    recall: async (asked) => recall(asked),
    note,
    redact: (text) => text.replaceAll(SECRET, "***"),
    toError: sandboxError,
  });
  const window = new StreamWindow((chunk) => {
    chunks.push(chunk);
    queueMicrotask(() => window.give(1));
  });
  const running = {
    ...runningCall(signal),
    ...stream && { window },
    recording: recorded,
    onStep: (step: Step) => steps.push(step),
  };
  const result = await flow.call("main", { input }, running);
  recorded.answered();
  const timeless = steps.map((step) => ({ ...step, start: 0, ms: 0, firstChunkMs: 0 }));
  return { result, chunks, steps: timeless };
}

function recorder() {
  const added: Exchange[] = [];
  const recording = new Recording({ exchanges: [], append: (one) => added.push(one) });
  return { added, recording, replay: () => new Recording({ exchanges: added }) };
}

/** A tool whose server is at `url`. */
function lookTool(url: string, implementation: Record<string, unknown> = {}) {
  const definition = {
    name: "look",
    description: "Looks",
    inputSchema: { type: "object", properties: { at: { type: "string" } } },
  };
  return { definition, implementation: { http: { url, method: "POST" }, ...implementation } };
}

for (const wire of [googleaiWire, anthropicWire]) {
  Deno.test(`${wire.provider}: turns, tools and streams are replayed as they were`, async () => {
    const tool = await providerServer(() => Response.json({ sky: "blue" }));
    const server = await providerServer((request) =>
      wire.toolOutputs(request).length > 0
        ? wire.answer(request, { texts: ["It is ", "blue"] })
        : wire.answer(request, { toolCalls: [{ name: "look", input: { at: "noon" } }] })
    );
    const options = { source: PROMPT, key: wire.key, tools: [lookTool(tool.url)] };
    const flow = await wire.load(server.url, options);
    const { recording, replay, added } = recorder();
    const streamed = await call(flow, recording, { stream: true });
    const whole = await call(flow, recording, { input: { name: "Bo" } });
    await Promise.all([server, tool].map((server) => server[Symbol.asyncDispose]()));

    const replayed = replay();
    assert.deepEqual(await call(flow, replayed, { stream: true }), streamed);
    assert.deepEqual(await call(flow, replayed, { input: { name: "Bo" } }), whole);
    assert.ok(streamed.chunks.length >= 2 && streamed.result.usage?.inputTokens);
    assert.deepEqual(streamed.steps.map(({ kind }) => kind), ["model", "tool", "model"]);
    const once = await call(flow, replayed, { stream: true, input: { name: "Bo" } });
    assert.match(JSON.stringify(once.chunks), /It is blue/);
    assert.equal(added.some((line) => JSON.stringify(line).includes(wire.key)), false);
    await assert.rejects(call(flow, replayed, { input: { name: "Cy" } }), { http: 424 });
  });
}

/** A flow of OpenAI's wire format. */
async function withChat(
  answer: (request: ApiRequest) => Said | Response | Promise<Said | Response>,
  tool: (url: string) => Record<string, unknown>,
  toolAnswer: () => Response,
  run: (flow: Flow) => Promise<void>,
) {
  await using looking = await providerServer(toolAnswer);
  await using server = await chatApiServer(answer);
  const tools = [lookTool(looking.url, tool(looking.url))];
  await run(await chatFlow(server.url, { source: PROMPT, tools }));
}

const looks: Said = {
  tool_calls: [{ id: "call_1", function: { name: "look", arguments: "{}" } }],
};
const called = ({ body }: ApiRequest) => body.messages.length > 1;
const answers = (added: readonly Exchange[]): Answer[] => added.map(({ answer }) => answer);

Deno.test("a failure fails its call and is not recorded; what went well before it is", async () => {
  let down = true;
  const answer = (request: ApiRequest) =>
    !called(request) ? looks : down ? new Response("", { status: 503 }) : { content: "ok" };
  await withChat(answer, () => ({}), () => Response.json(1), async (flow) => {
    const { added, recording } = recorder();
    await assert.rejects(call(flow, recording), { status: "UNAVAILABLE" });
    assert.deepEqual(added.map(({ asked: { kind } }) => kind), ["model", "tool"]);
    down = false;
    await call(flow, recording);
    assert.equal(added.length, 3);
    assert.equal(answers(added).some(({ error }) => error), false);
  });
});

Deno.test("a tool's failure that the model is told of is a part of the conversation", async () => {
  const answer = (request: ApiRequest): Said => called(request) ? { content: "Sorry" } : looks;
  const reports = () => ({ onError: "ReportToModel" });
  await withChat(answer, reports, () => new Response("no", { status: 404 }), async (flow) => {
    const { added, recording, replay } = recorder();
    const { steps } = await call(flow, recording);
    const [, tool] = answers(added);
    assert.equal(tool!.isError, true);
    assert.match(JSON.stringify(tool!.output), /answered 404/);
    assert.deepEqual((await call(flow, replay())).steps, steps);
  });
});

Deno.test("a secret that lies across chunks is not in the recording", async () => {
  const words = SECRET.replaceAll("-", " ");
  const answer = () => ({ content: `It is ${words}` });
  await withChat(answer, () => ({}), () => Response.json(1), async (flow) => {
    const { added, recording, replay } = recorder();
    const { recall, note } = recording.of("test");
    const recorded = new RecordedCall({
      recall: (asked) => Promise.resolve(recall(asked)),
      note,
      redact: (text) => text.replaceAll(words, "***"),
      toError: sandboxError,
    });
    const window = new StreamWindow(() => {});
    await flow.call("main", { input: { name: "Ann" } }, {
      ...runningCall(),
      window,
      recording: recorded,
    });
    const [{ response, chunks } = {}] = answers(added);
    assert.match(JSON.stringify(response), /It is \*\*\*/);
    assert.equal(chunks, undefined);
    const { chunks: replayed } = await call(flow, replay(), { stream: true });
    assert.match(JSON.stringify(replayed), /"It is \*\*\*"/);
  });
});

Deno.test("a failure that a call gets over is recorded, unless the same request was answered", () => {
  const noted: Answer[] = [];
  const recorded = new RecordedCall({
    recall: () => Promise.resolve(undefined),
    note: (_, answer) => noted.push(answer),
    redact: (text) => text,
    toError: sandboxError,
  });
  const asked = (model: string) =>
    recorded.asked({ kind: "model", provider: "p", model, request: { messages: [] } });
  const down = new FlowError("UNAVAILABLE", "down");
  recorded.failed(asked("a"), down);
  recorded.failed(asked("b"), down);
  recorded.note(asked("b"), { response: { text: "b" } });
  recorded.answered();
  recorded.answered();
  assert.deepEqual(noted, [
    { response: { text: "b" } },
    { error: { status: "UNAVAILABLE", message: "down" } },
  ]);
});

Deno.test("a recorded failure fails the turn with the same status and words", async () => {
  await withChat(() => ({ content: "ok" }), () => ({}), () => Response.json(1), async (flow) => {
    const { added, recording } = recorder();
    await call(flow, recording);
    const error = { status: "RESOURCE_EXHAUSTED", message: "too many", retryAfter: 7 };
    const replay = new Recording({
      exchanges: added.map((one) => ({ ...one, answer: { error } })),
    });
    await assert.rejects(call(flow, replay), { ...error, http: 429 });
  });
});

Deno.test("a call that is cancelled records no answer that comes later", async () => {
  const controller = new AbortController();
  const answer = () => {
    controller.abort();
    return { content: "late" };
  };
  await withChat(answer, () => ({}), () => Response.json(1), async (flow) => {
    const { added, recording } = recorder();
    await assert.rejects(call(flow, recording, { signal: controller.signal }));
    assert.deepEqual(added, []);
    await assert.rejects(call(flow, recording, { signal: controller.signal }), {
      status: "CANCELLED",
    });
  });
});
