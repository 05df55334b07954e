/** Which tokens count for turns of a model whose provider has not told them, or not all of them. */
import assert from "assert";
import type { ModelStep, Step } from "../../runner/host/step.ts";
import type { Flow } from "../../runner/sandbox/flow.ts";
import { limitedFetch } from "../../runner/sandbox/limited_fetch.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { anthropicEvent, anthropicWire, messageStart } from "./anthropic_wire.ts";
import { bedrockFlow } from "./bedrock_flow.ts";
import { eventMessage } from "./event_stream_message.ts";
import { runningCall } from "./flow_definition.ts";
import { geminiBody, googleaiWire } from "./gemini_wire.ts";
import { apiError, event } from "./openai/chat_api_server.ts";
import { CHAT_PROVIDERS, chatFlow } from "./openai/chat_flow.ts";
import { type ProviderRequest, providerServer, unfinishedStream } from "./provider_server.ts";
import { vertexWire } from "./vertex_wire.ts";

// As sandboxes do: what comes of a provider's stream is seen there.
globalThis.fetch = limitedFetch(globalThis.fetch);

/** 9 bytes, or 3 tokens. */
const PROMPT = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";
const ANN = { input: { name: "Ann" } };
const SENT = { inputTokens: 3 };

/** A provider whose stream begins with `Hello` (5 bytes, or 2 tokens), and what counts of it. */
interface Beginning {
  load(url: string): Promise<Flow>;
  begin(): Uint8Array | string;
  other?: ((request: ProviderRequest) => Response | undefined) | undefined;
  counts: Pick<ModelStep, "usage" | "estimated">;
}

const delta = (delta: unknown) => event({ choices: [{ index: 0, delta, finish_reason: null }] });
const untold = { usage: {}, estimated: { ...SENT, outputTokens: 2 } };
const wires = [anthropicWire, googleaiWire, vertexWire()];
const told = { inputTokens: 17, cachedContentTokens: 5 };

const BEGINNINGS: Record<string, Beginning> = {
  ...Object.fromEntries(wires.map(({ provider, key, load, begin, other }) => [
    provider,
    {
      load: (url) => load(url, { source: PROMPT, key }),
      begin: () => begin("Hello"),
      other,
      counts: provider === "anthropic"
        // It tells the input at the beginning, and the output, but for its first token, at the end.
        ? { usage: { ...told, outputTokens: 1 }, estimated: { outputTokens: 2 } }
        : { usage: { ...told, outputTokens: 3 } },
    } satisfies Beginning,
  ])),
  ...Object.fromEntries(CHAT_PROVIDERS.map((provider) => [
    provider.type,
    {
      load: (url) => chatFlow(url, { provider }),
      begin: () => delta({ role: "assistant", content: "" }) + delta({ content: "Hello" }),
      counts: untold,
    } satisfies Beginning,
  ])),
  bedrock: {
    load: (url) => bedrockFlow(url),
    begin: () =>
      new Uint8Array([
        ...eventMessage("messageStart", { role: "assistant" }),
        ...eventMessage("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hello" } }),
      ]),
    counts: untold,
  },
};

/** Sends `beginning`, and then nothing until `then`. */
function stream(beginning: Uint8Array | string, then: Promise<"end" | "drop">): Response {
  if (typeof beginning === "string") return unfinishedStream(beginning, then);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(beginning),
    async pull(controller) {
      if (await then === "drop") controller.error(new Error("broken off"));
      else controller.close();
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "application/vnd.amazon.eventstream" } });
}

/** Runs a flow whose stream stalls after its beginning, and gives its turns and its own count. */
async function countsOf(
  { load, begin, other }: Pick<Beginning, "load" | "begin" | "other">,
  ending: "leaves" | "end" | "drop",
) {
  const arrived = Promise.withResolvers<"end" | "drop">();
  await using server = await providerServer((request) =>
    other?.(request) ?? stream(begin(), arrived.promise)
  );
  const caller = new AbortController();
  const window = new StreamWindow(() =>
    ending === "leaves" ? caller.abort() : arrived.resolve(ending)
  );
  return await turnsOf(await load(server.url), { window, signal: caller.signal });
}

async function turnsOf(flow: Flow, { signal, window }: {
  signal?: AbortSignal;
  window?: StreamWindow;
} = {}) {
  const steps: Step[] = [];
  const running = {
    ...runningCall(signal),
    ...window && { window },
    onStep: (step: Step) => steps.push(step),
  };
  const result = await flow.call("main", ANN, running).catch(() => undefined);
  const turns = steps.flatMap((step) => {
    if (step.kind === "tool") return [];
    const { usage, estimated } = step;
    return [{ usage, ...estimated && { estimated } }];
  });
  return { turns, usage: running.usage, result };
}

for (const [provider, beginning] of Object.entries(BEGINNINGS)) {
  for (const ending of ["leaves", "end", "drop"] as const) {
    const how = ending === "leaves" ? "its caller leaves" : `${ending}s early`;
    Deno.test(`a stream of ${provider} that ${how} counts what it took, guessed where untold`, async () => {
      const { turns, usage } = await countsOf(beginning, ending);
      assert.deepEqual(turns, [beginning.counts]);
      assert.deepEqual(usage, beginning.counts.usage, "a guess is no usage");
    });
  }
}

Deno.test("a tool's call that never became whole counts as output", async (t) => {
  const chat = BEGINNINGS.openai!;
  const call = (fn: unknown) => delta({ tool_calls: [{ index: 0, id: "c", function: fn }] });
  const cases: Record<string, [Pick<Beginning, "load" | "begin" | "other">, number]> = {
    openai: [{
      ...chat,
      begin: () =>
        delta({ content: "Hello" }) + call({ name: "look", arguments: "" }) +
        call({ arguments: '{"at": "Pa' }),
    }, Math.ceil((5 + 4 + 10) / 4)],
    anthropic: [{
      ...BEGINNINGS.anthropic!,
      begin: () =>
        messageStart() +
        anthropicEvent("content_block_start", {
          index: 0,
          content_block: { type: "tool_use", id: "t", name: "look", input: {} },
        }) +
        anthropicEvent("content_block_delta", {
          index: 0,
          delta: { type: "input_json_delta", partial_json: '{"at": "Paris' },
        }),
    }, Math.ceil(13 / 4)],
    bedrock: [{
      ...BEGINNINGS.bedrock!,
      begin: () =>
        new Uint8Array([
          ...eventMessage("contentBlockStart", {
            contentBlockIndex: 0,
            start: { toolUse: { toolUseId: "t", name: "look" } },
          }),
          ...eventMessage("contentBlockDelta", {
            contentBlockIndex: 0,
            delta: { toolUse: { input: '{"at": "Paris' } },
          }),
        ]),
    }, Math.ceil(13 / 4)],
  };
  for (const [name, [beginning, tokens]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { load, begin } = beginning;
      await using server = await providerServer(() => stream(begin(), Promise.resolve("end")));
      const window = new StreamWindow(() => {});
      const { turns } = await turnsOf(await load(server.url), { window });
      assert.equal(turns[0]!.estimated?.outputTokens, tokens);
    });
  }
});

Deno.test("what comes after a provider has told tokens is guessed on top of them", async () => {
  const usage = { prompt_tokens: 7, completion_tokens: 1 };
  const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
  // As vLLM does with `continuous_usage_stats`.
  const begin = () => event({ ...chunk("Hello"), usage }) + event(chunk(", Ann"));
  const { turns } = await countsOf({ ...BEGINNINGS.openaicompatible!, begin }, "end");
  assert.deepEqual(turns, [{
    usage: { inputTokens: 7, outputTokens: 1 },
    estimated: { outputTokens: 2 },
  }]);
});

Deno.test("Gemini's last event with tokens counts, and a guess where none has any", async (t) => {
  const piece = (text: string, tokens?: Record<string, number>) => {
    const { usageMetadata: _, ...body } = geminiBody([{ text }], false);
    return `data: ${JSON.stringify({ ...body, ...tokens && { usageMetadata: tokens } })}\r\n\r\n`;
  };
  const counts = async (...events: string[]) => {
    const begin = () => events.join("");
    return (await countsOf({ ...BEGINNINGS.googleai!, begin }, "leaves")).turns;
  };
  await t.step("the last", async () => {
    const first = piece("Hel", { promptTokenCount: 9, candidatesTokenCount: 1 });
    const last = piece("lo", { promptTokenCount: 9, candidatesTokenCount: 4 });
    assert.deepEqual(await counts(first, last), [{ usage: { inputTokens: 9, outputTokens: 4 } }]);
  });
  await t.step("input only", async () => {
    const turns = await counts(piece("Hello", { promptTokenCount: 9 }));
    assert.deepEqual(turns, [{ usage: { inputTokens: 9 }, estimated: { outputTokens: 2 } }]);
  });
  await t.step("none", async () => assert.deepEqual(await counts(piece("Hello")), [untold]));
});

Deno.test("an answer without tokens counts as guessed, streamed or not, and says no usage", async () => {
  const chunks = delta({ content: "Hello" }) +
    event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) + "data: [DONE]\n\n";
  const message = { role: "assistant", content: "Hello" };
  await using server = await providerServer(({ body }) =>
    body.stream
      ? unfinishedStream(chunks, Promise.resolve("end"))
      : Response.json({ choices: [{ index: 0, message, finish_reason: "stop" }] })
  );
  const flow = await BEGINNINGS.openaicompatible!.load(server.url);
  for (const window of [undefined, new StreamWindow(() => {})]) {
    const { turns, result } = await turnsOf(flow, { ...window && { window } });
    assert.deepEqual(turns, [untold]);
    assert.deepEqual(result, { text: "Hello", usage: {} });
  }
});

Deno.test("a request that its caller leaves before an answer counts what was sent", async () => {
  const caller = new AbortController();
  await using server = await providerServer(() => {
    caller.abort();
    return new Promise<never>(() => {});
  });
  const flow = await BEGINNINGS.openai!.load(server.url);
  const { turns } = await turnsOf(flow, { signal: caller.signal });
  assert.deepEqual(turns, [{ usage: {}, estimated: SENT }]);
});

Deno.test("a request that a provider refuses, or never gets, counts nothing", async () => {
  let url: string;
  {
    await using server = await providerServer(() => apiError(503));
    url = server.url;
    const flow = await BEGINNINGS.openai!.load(url);
    assert.deepEqual((await turnsOf(flow)).turns, [{ usage: {} }]);
  }
  const flow = await BEGINNINGS.openai!.load(url);
  assert.deepEqual((await turnsOf(flow)).turns, [{ usage: {} }]);
});
