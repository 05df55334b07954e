import assert from "assert";
import type { Flow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { runningCall } from "./flow_definition.ts";
import {
  inPieces,
  type ProviderRequest,
  type ProviderServer,
  providerServer,
  unfinishedStream,
} from "./provider_server.ts";

/** What a mock model answers. */
export interface WireAnswer {
  /** Its text, in the pieces in which it is streamed. */
  texts?: string[];
  toolCalls?: { name: string; input: unknown }[];
}

/** What the matrix needs to know of a provider: its wire format, and how a flow of it is loaded. */
export interface Wire {
  provider: string;
  /** The credential that its server accepts. */
  key: string;
  load(url: string, options: {
    source: string;
    tools?: unknown[];
    key: string;
  }): Promise<Flow>;
  /** The credential that a request carries. */
  keyOf(request: ProviderRequest): string | null;
  /** Whether a request asks for a stream. */
  streams(request: ProviderRequest): boolean;
  /** An answer that used 17 input tokens, 5 of them cached, and 3 output tokens. */
  answer(request: ProviderRequest, answer: WireAnswer): Response;
  /** The beginning of a streamed answer with this text, which lacks its end. */
  begin(text: string): string;
  /** An error that quotes the key and the prompt. */
  error(code: number, headers?: Record<string, string>): Response;
  /** The outputs of tools that a request brings back, in order. */
  toolOutputs(request: ProviderRequest): unknown[];
  /** Answers requests other than for a model's answer, such as one for a token. */
  other?(request: ProviderRequest): Response | undefined;
}

const USAGE = { inputTokens: 17, outputTokens: 3, cachedContentTokens: 5 };
const PROMPT = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";
const JSON_PROMPT = "---\noutput:\n  schema:\n    color: string\n---\nA color";

/** The statuses and what a caller sees of them. */
const FAILURES: [code: number, status: string, words: string, http?: number][] = [
  [400, "INVALID_ARGUMENT", "refused the request"],
  [401, "UNAUTHENTICATED", "did not accept the flow's credentials"],
  [403, "PERMISSION_DENIED", "does not permit this to the flow's credentials"],
  [404, "NOT_FOUND", "does not have the model"],
  [408, "DEADLINE_EXCEEDED", "took too long"],
  [429, "RESOURCE_EXHAUSTED", "has had too many requests"],
  [500, "INTERNAL", "failed"],
  [502, "UNAVAILABLE", "is not available"],
  [503, "UNAVAILABLE", "is not available"],
  [504, "DEADLINE_EXCEEDED", "took too long"],
  [520, "UNAVAILABLE", "is not available"],
  [522, "UNAVAILABLE", "is not available"],
  [524, "DEADLINE_EXCEEDED", "took too long"],
  [527, "UNAVAILABLE", "is not available"],
  [529, "UNAVAILABLE", "is overloaded"],
];

/** Defines the tests that every provider passes. */
export function testProvider(wire: Wire): void {
  const { provider } = wire;
  const test = (name: string, run: (t: Deno.TestContext) => Promise<void>) =>
    Deno.test(`${provider} ${name}`, run);
  const serve = (answer: (request: ProviderRequest) => Response | Promise<Response>) =>
    providerServer((request) => wire.other?.(request) ?? answer(request));
  const load = (server: ProviderServer, source = PROMPT, tools: unknown[] = []) =>
    wire.load(server.url, { source, tools, key: wire.key });
  const ann = { input: { name: "Ann" } };
  const models = ({ requests }: ProviderServer) =>
    requests.filter((request) => {
      return wire.other?.(request) === undefined;
    });

  test("answers, and tells the tokens, cached ones among them", async () => {
    await using server = await serve((request) => wire.answer(request, { texts: ["Hello, Ann"] }));
    const flow = await load(server);
    const result = await flow.call("main", ann, runningCall());
    assert.deepEqual(result, { text: "Hello, Ann", usage: USAGE });
    assert.equal(wire.keyOf(models(server)[0]!), wire.key);
    assert.equal(wire.streams(models(server)[0]!), false);
  });

  for (const size of [undefined, 1, 7]) {
    test(`streams${size ? ` what comes in pieces of ${size} bytes` : ""}`, async () => {
      await using server = await serve((request) => {
        const answer = wire.answer(request, { texts: ["Grüezi", ", Ann", " 👋"] });
        return size === undefined ? answer : inPieces(answer, size);
      });
      const flow = await load(server);
      const { chunks, window } = collect();
      const result = await flow.call("main", ann, { ...runningCall(), window });
      assert.deepEqual(result, { text: "Grüezi, Ann 👋", usage: USAGE });
      assert.deepEqual(chunks.flatMap(({ content }) => content.map(({ text }) => text)), [
        "Grüezi",
        ", Ann",
        " 👋",
      ]);
      assert.equal(wire.streams(models(server)[0]!), true);
    });
  }

  for (const stream of [false, true]) {
    test(`calls two tools at once${stream ? ", streamed in pieces" : ""}`, async () => {
      await using server = await serve(async (request) => {
        if (request.path === "/tool") {
          return Response.json({ sky: `over ${request.body.city}` });
        }
        const outputs = wire.toolOutputs(request);
        const answer = wire.answer(
          request,
          outputs.length === 0
            ? { toolCalls: ["Paris", "Zürich"].map((city) => ({ name: "look", input: { city } })) }
            : { texts: [JSON.stringify(outputs)] },
        );
        return stream ? inPieces(answer, 5) : await Promise.resolve(answer);
      });
      const flow = await load(server, PROMPT, [lookTool(`${server.url}/tool`)]);
      const { window } = collect();
      const running = { ...runningCall(), ...stream && { window } };
      const { text, usage } = await flow.call("main", ann, running);
      assert.deepEqual(JSON.parse(text), [{ sky: "over Paris" }, { sky: "over Zürich" }]);
      assert.deepEqual(usage, { inputTokens: 34, outputTokens: 6, cachedContentTokens: 10 });
    });
  }

  for (const stream of [false, true]) {
    test(`gives JSON that fits the prompt's schema${stream ? ", streamed" : ""}`, async () => {
      await using server = await serve((request) =>
        wire.answer(request, { texts: ['{"color": ', '"red"}'] })
      );
      const flow = await load(server, JSON_PROMPT);
      const running = { ...runningCall(), ...stream && { window: collect().window } };
      const { output } = await flow.call("main", { input: {} }, running);
      assert.deepEqual(output, { color: "red" });
    });
  }

  test("whose JSON is wrong is at fault", async (t) => {
    for (const text of ['{"color": 1}', "{}", "red"]) {
      await t.step(text, async () => {
        await using server = await serve((request) => wire.answer(request, { texts: [text] }));
        const flow = await load(server, JSON_PROMPT);
        const call = flow.call("main", { input: {} }, runningCall());
        await assert.rejects(call, { status: "INTERNAL", http: 502 });
      });
    }
  });

  test("fails with the status and in words without key or prompt", async (t) => {
    for (const [code, status, words, http] of FAILURES) {
      for (const stream of [false, true]) {
        await t.step(`${code}${stream ? ", streamed" : ""}`, async () => {
          await using server = await serve(() => wire.error(code));
          const flow = await load(server);
          const running = { ...runningCall(), ...stream && { window: collect().window } };
          const call = flow.call("main", ann, running);
          await assert.rejects(call, { status, ...http && { http } });
          const { message } = await call.catch((error: Error) => error) as Error;
          assert.ok(
            message.startsWith(`The provider "${provider}" ${words} (${code}`),
            `the message is ${message}`,
          );
          assert.ok(!message.includes(wire.key));
          assert.doesNotMatch(message, /Ann|Greet|http:|\.ts/);
          assert.equal(models(server).length, 1, "it is asked once: retries are not the model's");
        });
      }
    }
    await t.step("429 says when to come back", async () => {
      await using server = await serve(() => wire.error(429, { "retry-after": "7" }));
      const flow = await load(server);
      await assert.rejects(flow.call("main", ann, runningCall()), { retryAfter: 7 });
    });
    await t.step("a redirect is not followed", async () => {
      await using server = await serve(({ path }) =>
        path === "/elsewhere"
          ? Response.json({})
          : new Response(null, { status: 307, headers: { location: "/elsewhere" } })
      );
      const flow = await load(server);
      await assert.rejects(flow.call("main", ann, runningCall()), {
        http: 502,
        message: `The provider "${provider}" answered 307, a redirect, and none is followed`,
      });
      assert.ok(server.requests.every(({ path }) => path !== "/elsewhere"));
    });
    await t.step("an answer that is not JSON", async () => {
      await using server = await serve(() => new Response("<html>"));
      const flow = await load(server);
      await assert.rejects(flow.call("main", ann, runningCall()), {
        status: "INTERNAL",
        http: 502,
        message: `The provider "${provider}" gave an answer that cannot be read`,
      });
    });
  });

  test("that stalls in a stream ends with its call, and its connection with it", async () => {
    const gone = Promise.withResolvers<void>();
    await using server = await serve(({ signal }) => {
      signal.addEventListener("abort", () => gone.resolve());
      return unfinishedStream(wire.begin("Hello"), new Promise(() => {}));
    });
    const flow = await load(server);
    const stop = new AbortController();
    const window = new StreamWindow(() => stop.abort());
    await assert.rejects(flow.call("main", ann, { ...runningCall(stop.signal), window }), {
      status: "CANCELLED",
    });
    await gone.promise;
  });

  for (const fault of ["drop", "end"] as const) {
    test(`whose stream ${fault}s before its answer does is UNAVAILABLE`, async () => {
      const arrived = Promise.withResolvers<"end" | "drop">();
      await using server = await serve(() =>
        unfinishedStream(wire.begin("Hello"), arrived.promise)
      );
      const flow = await load(server);
      const window = new StreamWindow(() => arrived.resolve(fault));
      await assert.rejects(flow.call("main", ann, { ...runningCall(), window }), {
        status: "UNAVAILABLE",
        message: `The provider "${provider}" broke off its answer`,
      });
    });
  }

  test("that cannot be reached is UNAVAILABLE", async () => {
    let url: string;
    {
      await using server = await serve(() => new Response());
      url = server.url;
    }
    const flow = await wire.load(url, { source: PROMPT, key: wire.key });
    await assert.rejects(flow.call("main", ann, runningCall()), {
      status: "UNAVAILABLE",
      message: new RegExp(`^The provider "${provider}" could not be reached`),
    });
  });

  test("never mixes the keys of two flows in 1,000 requests", async () => {
    const keys = ["one", "two"].map((name) => `${wire.key}-${name}`);
    await using server = await serve((request) => {
      const said = /Greet (\w+)/.exec(JSON.stringify(request.body))![1]!;
      return wire.keyOf(request) === `${wire.key}-${said}`
        ? wire.answer(request, { texts: [`Hello, ${said}`] })
        : wire.error(401);
    });
    const flows = await Promise.all(
      keys.map((key) => wire.load(server.url, { source: PROMPT, key })),
    );
    let left = 1000;
    const work = async () => {
      for (let i = left--; i > 0; i = left--) {
        const name = i % 2 === 0 ? "one" : "two";
        const running = { ...runningCall(), ...i % 3 === 0 && { window: collect().window } };
        const { text } = await flows[i % 2]!.call("main", { input: { name } }, running);
        assert.equal(text, `Hello, ${name}`);
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    assert.equal(models(server).length, 1000);
  });
}

function collect() {
  const chunks: { content: { text?: string }[] }[] = [];
  const window = new StreamWindow((chunk) => chunks.push(chunk as (typeof chunks)[0]));
  window.give(1e6);
  return { chunks, window };
}

function lookTool(url: string) {
  return {
    definition: {
      name: "look",
      description: "Looks at the sky",
      inputSchema: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      },
    },
    implementation: { http: { url, method: "POST" } },
  };
}
