import assert from "assert";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import {
  event,
  type GeminiAnswer,
  geminiError,
  type GeminiRequest,
  geminiServer,
  KEY,
} from "./gemini_server.ts";

const MAIN = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";

/** Loads a flow of one prompt whose models are at a Gemini server. */
function geminiFlow(
  url: string,
  { source = MAIN, tools = [], toolHeaders, key = KEY }: {
    source?: string;
    tools?: unknown[];
    toolHeaders?: Record<string, Record<string, string>>;
    key?: string;
  } = {},
): Promise<Flow> {
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: `${url}/` } },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
    tools,
  });
  return loadFlow({ definition, credentials: { GEMINI_API_KEY: key }, toolHeaders });
}

async function withGemini<T>(
  answer: (request: GeminiRequest) => GeminiAnswer | Promise<GeminiAnswer>,
  run: (url: string, requests: GeminiRequest[]) => Promise<T>,
): Promise<T> {
  await using gemini = await geminiServer(answer);
  return await run(gemini.url, gemini.requests);
}

function tool(url: string) {
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

const ann = { input: { name: "Ann" } };

for (
  const [path, extra, expected] of [
    ["", {}, "/v1beta"],
    ["/", { apiVersion: "v1" }, "/v1"],
    ["/v1beta", {}, "/v1beta"],
    ["/gemini/v1/", {}, "/gemini/v1"],
    ["/v1beta", { apiVersion: "v1alpha" }, "/v1alpha"],
  ] as const
) {
  Deno.test(`a base URL that ends with "${path}" ${JSON.stringify(extra)} is ${expected}`, async () => {
    await using gemini = await geminiServer(() => [{ text: "Hello" }]);
    const extraConfig = { baseURL: `${gemini.url}${path}`, ...extra };
    const definition = flowDefinition({ main: MAIN }, {
      config: {
        plugin: { type: "googleai", extraConfig },
        defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
      },
    });
    const flow = await loadFlow({ definition, credentials: { GEMINI_API_KEY: KEY } });
    await flow.call("main", ann, runningCall());
    assert.equal(gemini.requests[0]!.path, `${expected}/models/gemini-2.0-flash:generateContent`);
  });
}

Deno.test("googleai answers through generateContent", () =>
  withGemini(() => [{ text: "Hello, Ann!" }], async (url, requests) => {
    const flow = await geminiFlow(url);
    const usage = { inputTokens: 7, outputTokens: 3 };
    assert.deepEqual(await flow.call("main", ann, runningCall()), { text: "Hello, Ann!", usage });
    const [request] = requests;
    assert.equal(request!.path, "/v1beta/models/gemini-2.0-flash:generateContent");
    assert.equal(request!.key, KEY);
    assert.deepEqual(request!.body.contents, [{ role: "user", parts: [{ text: "Greet Ann" }] }]);
  }));

Deno.test("googleai streams through streamGenerateContent", () =>
  withGemini(() => [{ text: "Hello" }, { text: ", Ann" }], async (url, requests) => {
    const chunks: unknown[] = [];
    const window = new StreamWindow((chunk) => chunks.push(chunk));
    const flow = await geminiFlow(url);
    const { text } = await flow.call("main", ann, { ...runningCall(), window });
    assert.equal(text, "Hello, Ann");
    const chunk = (text: string) => ({ role: "model", index: 0, content: [{ text }] });
    assert.deepEqual(chunks, [chunk("Hello"), chunk(", Ann")]);
    assert.equal(requests[0]!.path.split(":")[1], "streamGenerateContent?alt=sse");
  }));

Deno.test("googleai asks for JSON with the prompt's output schema", () => {
  const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
  return withGemini(() => [{ text: '{"color": "red"}' }], async (url, requests) => {
    const flow = await geminiFlow(url, { source });
    const { output } = await flow.call("main", { input: {} }, runningCall());
    assert.deepEqual(output, { color: "red" });
    const { responseMimeType, responseJsonSchema } = requests[0]!.body.generationConfig;
    assert.equal(responseMimeType, "application/json");
    assert.deepEqual(responseJsonSchema.required, ["color"]);
  });
});

Deno.test("googleai calls a tool, and the tokens of both turns are summed", () => {
  const answer = ({ body, path }: GeminiRequest): GeminiAnswer =>
    path === "/tool"
      ? Response.json({ sky: body.city === "Paris" ? "blue" : "?" })
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: { city: "Paris" } } }]
      : [{ text: body.contents[2].parts[0].functionResponse.response.content.sky }];
  return withGemini(answer, async (url, requests) => {
    const look = tool(`${url}/tool`);
    // The mock's tool asks for the key as well.
    const toolHeaders = { look: { "x-goog-api-key": KEY } };
    const flow = await geminiFlow(url, { tools: [look], toolHeaders });
    assert.deepEqual(await flow.call("main", ann, runningCall()), {
      text: "blue",
      usage: { inputTokens: 14, outputTokens: 6 },
    });
    const [declared] = requests[0]!.body.tools[0].functionDeclarations;
    assert.equal(declared.name, "look");
    assert.equal(declared.description, "Looks at the sky");

    const withoutHeaders = await geminiFlow(url, { tools: [look] });
    await assert.rejects(withoutHeaders.call("main", ann, runningCall()), {
      message: 'The tool "look" failed: its server answered 400',
      http: 502,
    });
  });
});

Deno.test("a provider's failure reaches the caller with its status and no key, prompt or stack", async (t) => {
  const violation = {
    "@type": "type.googleapis.com/google.rpc.BadRequest",
    fieldViolations: [{ field: "generation_config.top_k", description: `not with ${KEY}` }],
  };
  const retry = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "33.4s" };
  const provider = 'The provider "googleai"';
  const cases: Record<string, [() => Response, Record<string, unknown>]> = {
    "400": [
      () => geminiError(400, "INVALID_ARGUMENT", { details: [violation] }),
      {
        status: "INVALID_ARGUMENT",
        message:
          `${provider} refused the request (400, INVALID_ARGUMENT at generation_config.top_k)`,
      },
    ],
    "401": [() => geminiError(401, "UNAUTHENTICATED"), { status: "UNAUTHENTICATED" }],
    "403": [() => geminiError(403, "PERMISSION_DENIED"), {
      status: "PERMISSION_DENIED",
      message:
        `${provider} does not permit this to the flow's credentials (403, PERMISSION_DENIED)`,
    }],
    "404": [() => geminiError(404, "NOT_FOUND"), { status: "NOT_FOUND" }],
    "408": [() => new Response("slow", { status: 408 }), { status: "DEADLINE_EXCEEDED" }],
    "429": [
      () => geminiError(429, "RESOURCE_EXHAUSTED", { details: [retry] }),
      { status: "RESOURCE_EXHAUSTED", retryAfter: 34 },
    ],
    "429 with a header": [
      () => geminiError(429, "RESOURCE_EXHAUSTED", { headers: { "retry-after": "7" } }),
      { status: "RESOURCE_EXHAUSTED", retryAfter: 7 },
    ],
    "500": [() => geminiError(500, "INTERNAL"), { status: "INTERNAL", http: 500 }],
    "502 of a proxy": [
      () => new Response("<html>Greet Ann</html>", { status: 502 }),
      { status: "UNAVAILABLE", message: `${provider} is not available (502)` },
    ],
    "503": [() => geminiError(503, "UNAVAILABLE"), { status: "UNAVAILABLE", http: 503 }],
    "504": [() => geminiError(504, "DEADLINE_EXCEEDED"), { status: "DEADLINE_EXCEEDED" }],
    "no JSON": [() => new Response("hello"), {
      status: "INTERNAL",
      http: 502,
      message: `${provider} gave an answer that cannot be read`,
    }],
    "no candidates": [() => Response.json({ candidates: [] }), {
      status: "FAILED_PRECONDITION",
      http: 400,
      message: `${provider} refused to answer (blocked)`,
    }],
  };
  for (const [name, [answer, expected]] of Object.entries(cases)) {
    for (const stream of [false, true]) {
      if (stream && /^no /.test(name)) continue;
      await t.step(`${name}${stream ? ", streamed" : ""}`, () =>
        withGemini(answer, async (url) => {
          const flow = await geminiFlow(url);
          const window = stream ? { window: new StreamWindow(() => {}) } : {};
          const call = flow.call("main", ann, { ...runningCall(), ...window });
          await assert.rejects(call, expected);
          const { message } = await call.catch((error: Error) => error) as Error;
          assert.doesNotMatch(message, /AIza|Ann|http:|\.ts|key /);
        }));
    }
  }
});

Deno.test("a wrong key is named by its provider, not shown", () =>
  withGemini(() => [{ text: "never" }], async (url) => {
    const flow = await geminiFlow(url, { key: "AIzaSy-a-wrong-key" });
    await assert.rejects(flow.call("main", ann, runningCall()), {
      status: "UNAUTHENTICATED",
      message: 'The provider "googleai" did not accept the flow\'s credentials ' +
        "(400, INVALID_ARGUMENT, API_KEY_INVALID)",
    });
  }));

Deno.test("a flow without a key is refused when it is loaded", async () => {
  const definition = flowDefinition({ main: "Hi" }, {
    config: {
      plugin: { type: "googleai" },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
  });
  await assert.rejects(
    loadFlow({ definition, credentials: {} }),
    /needs the credential GEMINI_API_KEY or GOOGLE_API_KEY/,
  );
});

Deno.test("a provider that cannot be reached is UNAVAILABLE", async () => {
  const url = await withGemini(() => [], (url) => Promise.resolve(url));
  const flow = await geminiFlow(url);
  await assert.rejects(flow.call("main", ann, runningCall()), {
    status: "UNAVAILABLE",
    message: 'The provider "googleai" could not be reached',
  });
});

Deno.test("a provider that breaks off its stream is UNAVAILABLE, and no partial answer", () => {
  const arrived = Promise.withResolvers<void>();
  const broken = () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(event([{ text: "Hello" }]))),
      pull: async (controller) => {
        await arrived.promise;
        controller.error(new Error("broken off"));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  return withGemini(broken, async (url) => {
    const window = new StreamWindow(() => arrived.resolve());
    const flow = await geminiFlow(url);
    await assert.rejects(flow.call("main", ann, { ...runningCall(), window }), {
      status: "UNAVAILABLE",
      message: 'The provider "googleai" broke off its answer',
    });
  });
});

Deno.test("a model that does not keep to the output schema is a fault of the provider", async (t) => {
  const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
  const cases: Record<string, [text: string, message: RegExp]> = {
    "another type": ['{"color": 1}', /does not fit .* schema: at "color" it must be string$/],
    "a missing field": ["{}", /does not fit .* schema: it must have required property 'color'$/],
    "no JSON": ["red", /does not fit|not JSON/],
  };
  for (const [name, [text, message]] of Object.entries(cases)) {
    await t.step(name, () =>
      withGemini(() => [{ text }], async (url) => {
        const flow = await geminiFlow(url, { source });
        const call = flow.call("main", { input: {} }, runningCall());
        await assert.rejects(call, { status: "INTERNAL", http: 502, message });
      }));
  }
});

Deno.test("a model that calls a tool wrongly is a fault of the provider", async (t) => {
  const tools = [tool("http://127.0.0.1:1/")];
  const cases: Record<string, [functionCall: unknown, expected: Record<string, unknown>]> = {
    "bad arguments": [{ name: "look", args: { city: 1 } }, {
      status: "INTERNAL",
      http: 502,
      message: /The tool "look" was called with something.* at "city" it must be string/,
    }],
    "a tool that is not there": [{ name: "fly", args: {} }, {
      status: "INTERNAL",
      http: 502,
      message: /asked for a tool that the prompt does not have/,
    }],
  };
  for (const [name, [functionCall, expected]] of Object.entries(cases)) {
    await t.step(name, () =>
      withGemini(() => [{ functionCall }], async (url) => {
        const flow = await geminiFlow(url, { tools });
        await assert.rejects(flow.call("main", ann, runningCall()), expected);
      }));
  }
});

Deno.test("a blocked answer is FAILED_PRECONDITION", () => {
  const blocked = { candidates: [{ finishReason: "SAFETY", index: 0, content: { parts: [] } }] };
  return withGemini(() => Response.json(blocked), async (url) => {
    const flow = await geminiFlow(url);
    await assert.rejects(flow.call("main", ann, runningCall()), {
      status: "FAILED_PRECONDITION",
      message: 'The model of provider "googleai" refused to answer (blocked)',
    });
  });
});

Deno.test("a blocked prompt, to which Gemini gives no candidate, is FAILED_PRECONDITION", () => {
  const blocked = { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } };
  return withGemini(() => Response.json(blocked), async (url) => {
    const flow = await geminiFlow(url);
    await assert.rejects(flow.call("main", ann, runningCall()), {
      status: "FAILED_PRECONDITION",
      message: 'The provider "googleai" refused to answer (blocked)',
    });
  });
});

Deno.test("an answer without content is a success only where the model says that it is done", () => {
  const stopped = (finishReason: string) =>
    Response.json({
      candidates: [{ finishReason, index: 0, content: { parts: [{ text: "hm", thought: true }] } }],
    });
  const reasons = ["MALFORMED_FUNCTION_CALL", "STOP"];
  return withGemini(() => stopped(reasons.shift()!), async (url) => {
    const flow = await geminiFlow(url);
    await assert.rejects(flow.call("main", ann, runningCall()), {
      status: "INTERNAL",
      http: 502,
      message: 'The provider "googleai" gave an empty answer',
    });
    assert.equal((await flow.call("main", ann, runningCall())).text, "");
  });
});

Deno.test("a tool that is called without arguments, as Gemini leaves out, gets {}", async () => {
  const bodies: unknown[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    bodies.push(await request.json());
    return new Response("blue");
  });
  const asked = [{ functionCall: { name: "look" } }];
  const answer = ({ body }: GeminiRequest) => body.contents.length > 1 ? [{ text: "ok" }] : asked;
  const look = tool(`http://127.0.0.1:${server.addr.port}/`);
  Object.assign(look.definition, { inputSchema: { type: "object", properties: {} } });
  await withGemini(answer, async (url) => {
    const flow = await geminiFlow(url, { tools: [look] });
    assert.equal((await flow.call("main", ann, runningCall())).text, "ok");
  });
  await server.shutdown();
  assert.deepEqual(bodies, [{}]);
});
