import assert from "assert";
import type { Step } from "../../runner/host/step.ts";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import {
  type GeminiAnswer,
  geminiError,
  type GeminiRequest,
  geminiServer,
  KEY,
} from "./gemini_server.ts";

const LOOK = {
  definition: { name: "look", description: "Looks", inputSchema: { type: "object" } },
};

/** Runs a flow on Gemini's wire format, and gives its steps. */
async function stepsOf(
  answer: (request: GeminiRequest) => GeminiAnswer | Promise<GeminiAnswer>,
  { stream = false, tool = "/tool", controller = new AbortController(), recordContent = false } =
    {},
): Promise<Step[]> {
  await using gemini = await geminiServer(answer);
  const definition = flowDefinition({ main: "Greet {{name}}" }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
    tools: [{ ...LOOK, implementation: { http: { url: gemini.url + tool, method: "POST" } } }],
  });
  const toolHeaders = { look: { "x-goog-api-key": KEY } };
  const flow = await loadFlow({ definition, credentials: { GEMINI_API_KEY: KEY }, toolHeaders });
  const steps: Step[] = [];
  const running = {
    ...runningCall(controller.signal),
    ...stream && { window: new StreamWindow(() => {}) },
    recordContent,
    onStep: (step: Step) => steps.push(step),
  };
  await flow.call("main", { input: { name: "Ann" } }, running).catch(() => {});
  return steps;
}

/** A step without its times, which are checked to be sound. */
function timeless({ start, ms, ...step }: Step): Record<string, unknown> {
  assert.ok(start > 1e12 && ms >= 0);
  if (!("firstChunkMs" in step)) return step;
  const { firstChunkMs = -1, ...rest } = step;
  assert.ok(firstChunkMs >= 0 && firstChunkMs <= ms);
  return { ...rest, firstChunkMs: "some" };
}

const turn = {
  kind: "model",
  provider: "googleai",
  model: "gemini-2.0-flash",
  usage: { inputTokens: 7, outputTokens: 3 },
  finishReason: "stop",
};

Deno.test("a turn of a model is a step, with its tokens and why it ended", async () => {
  assert.deepEqual((await stepsOf(() => [{ text: "Hi" }])).map(timeless), [turn]);
});

Deno.test("a streamed turn tells how long its first chunk took", async () => {
  const steps = await stepsOf(() => [{ text: "Hi" }, { text: "!" }], { stream: true });
  assert.deepEqual(steps.map(timeless), [{ ...turn, firstChunkMs: "some" }]);
});

Deno.test("a tool's call is a step between the turns", async () => {
  const answer = ({ path, body }: GeminiRequest): GeminiAnswer =>
    path === "/tool"
      ? Response.json({ sky: "blue" })
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: {} } }]
      : [{ text: "blue" }];
  const steps = await stepsOf(answer);
  assert.deepEqual(steps.map(timeless), [turn, { kind: "tool", tool: "look" }, turn]);
  const [first, tool, second] = steps;
  assert.ok(first!.start <= tool!.start && tool!.start <= second!.start);
});

Deno.test("a step that fails has the status of its failure", async () => {
  const [down] = await stepsOf(() => geminiError(503, "UNAVAILABLE"));
  assert.deepEqual(timeless(down!), {
    kind: "model",
    provider: "googleai",
    model: "gemini-2.0-flash",
    usage: {},
    error: "UNAVAILABLE",
  });
  const answer = ({ path }: GeminiRequest): GeminiAnswer =>
    path === "/tool"
      ? new Response("no", { status: 500 })
      : [{ functionCall: { name: "look", args: {} } }];
  const [, tool] = await stepsOf(answer);
  assert.deepEqual(timeless(tool!), { kind: "tool", tool: "look", error: "INTERNAL" });
});

Deno.test("a step that is cancelled is told as such", async () => {
  const controller = new AbortController();
  const steps = await stepsOf(async ({ signal }) => {
    controller.abort();
    if (!signal.aborted) await new Promise((gone) => signal.addEventListener("abort", gone));
    return [];
  }, { controller });
  assert.deepEqual(steps.map(({ error }) => error), ["CANCELLED"]);
});

Deno.test("content is in steps only where the call asks for it, in OpenTelemetry's form", async () => {
  const answer = ({ path, body }: GeminiRequest): GeminiAnswer =>
    path === "/tool"
      ? Response.json({ sky: "blue" })
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: { at: "x".repeat(9_000) } } }]
      : [{ text: "blue" }];
  const plain = JSON.stringify(await stepsOf(answer));
  assert.doesNotMatch(plain, /Ann|blue|xxx/);

  const [first, tool, second] = await stepsOf(answer, { recordContent: true });
  assert.deepEqual(JSON.parse(first!.input!), [
    { role: "user", parts: [{ type: "text", content: "Greet Ann" }] },
  ]);
  const [{ parts, role, finish_reason }] = JSON.parse(first!.output!);
  assert.deepEqual([role, finish_reason], ["assistant", "stop"]);
  assert.deepEqual([parts[0].type, parts[0].name], ["tool_call", "look"]);
  assert.equal(parts[0].arguments.length, 8_001);
  assert.equal(tool!.input!.length, 8_001);
  assert.equal(tool!.output, '{"sky":"blue"}');
  const [, , answered] = JSON.parse(second!.input!);
  assert.equal(answered.parts[0].response, '{"sky":"blue"}');
});
