import assert from "assert";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import type { Step } from "../../runner/host/step.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import {
  anthropicEvent,
  anthropicMessage,
  anthropicWire,
  blockEvents,
  messageEnd,
  messageStart,
} from "./anthropic_wire.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { testProvider } from "./provider_matrix.ts";
import { eventStream, type ProviderRequest, providerServer } from "./provider_server.ts";

testProvider(anthropicWire);

const text = (text: string) => [{ type: "text", text }];

function load(url: string, source: string, options: {
  model?: string;
  tools?: unknown[];
  extraConfig?: Record<string, unknown>;
  config?: Record<string, unknown>;
  credentials?: Record<string, string>;
} = {}): Promise<Flow> {
  const { model = "claude-haiku-4-5", tools = [], extraConfig = {}, config } = options;
  const { credentials = { ANTHROPIC_API_KEY: anthropicWire.key } } = options;
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: { type: "anthropic", extraConfig: { baseURL: url, ...extraConfig } },
      defaultModel: { provider: "anthropic", model, ...config && { config } },
    },
    tools,
  });
  return loadFlow({ definition, credentials });
}

/** Runs a prompt against a server that answers so, and gives the first request. */
async function requestOf(
  source: string,
  options: Parameters<typeof load>[2] & { answer?: string } = {},
): Promise<ProviderRequest> {
  await using server = await providerServer(() => anthropicMessage(text(options.answer ?? "Hi")));
  const flow = await load(server.url, source, options);
  await flow.call("main", { input: {} }, runningCall());
  return server.requests[0]!;
}

Deno.test("anthropic asks the Messages API, with its version and the system's words apart", async () => {
  const source = '{{role "system"}}Be brief{{role "user"}}Hi{{role "model"}}Yes?{{role "user"}}Why';
  const { path, headers, body } = await requestOf(source);
  assert.equal(path, "/v1/messages");
  assert.equal(headers.get("anthropic-version"), "2023-06-01");
  assert.deepEqual(body, {
    max_tokens: 4096,
    model: "claude-haiku-4-5",
    system: text("Be brief"),
    messages: [
      { role: "user", content: text("Hi") },
      { role: "assistant", content: text("Yes?") },
      { role: "user", content: text("Why") },
    ],
  });
});

Deno.test("anthropic takes Genkit's names of settings, and passes on those of the API", async () => {
  const { body } = await requestOf("Hi", {
    config: {
      temperature: 0,
      maxOutputTokens: 100,
      topP: 0.5,
      topK: 3,
      stopSequences: ["END"],
      thinking: { enabled: true, budgetTokens: 1024 },
      metadata: { user_id: "u" },
      service_tier: "auto",
    },
  });
  const { model: _, messages: __, ...settings } = body;
  assert.deepEqual(settings, {
    temperature: 0,
    max_tokens: 100,
    top_p: 0.5,
    top_k: 3,
    stop_sequences: ["END"],
    thinking: { type: "enabled", budget_tokens: 1024 },
    metadata: { user_id: "u" },
    service_tier: "auto",
  });
});

Deno.test("a prompt's config replaces no part of anthropic's request, and no key or host", async () => {
  const source = `---
config:
  model: claude-opus-4-8
  messages: [{role: user, content: other}]
  system: other
  stream: true
  tools: [{type: bash_20250124, name: bash}]
  apiKey: other
  baseURL: http://127.0.0.1:1
---
Hi`;
  const { headers, body } = await requestOf(source);
  assert.equal(headers.get("x-api-key"), anthropicWire.key);
  assert.deepEqual(body, {
    max_tokens: 4096,
    model: "claude-haiku-4-5",
    messages: [{ role: "user", content: text("Hi") }],
  });
});

Deno.test("anthropic's base URL may end with the API's version, and betas are the operator's", async () => {
  await using server = await providerServer(() => anthropicMessage(text("Hi")));
  const extraConfig = { baseURL: `${server.url}/claude/v1/`, betas: ["a-1", "b-2"] };
  const flow = await load(server.url, "Hi", { extraConfig });
  await flow.call("main", { input: {} }, runningCall());
  assert.equal(server.requests[0]!.path, "/claude/v1/messages");
  assert.equal(server.requests[0]!.headers.get("anthropic-beta"), "a-1,b-2");
});

Deno.test("anthropic's JSON is asked for by schema where the model and the schema allow it", async (t) => {
  const source = "---\noutput:\n  schema:\n    color: string\n    shade?: integer\n---\nA color";
  const answer = '{"color": "red"}';
  await t.step("Claude 4.5 and later", async () => {
    const { body } = await requestOf(source, { answer, model: "claude-sonnet-4-5-20250929" });
    const { type, schema } = body.output_config.format;
    assert.equal(type, "json_schema");
    assert.deepEqual(schema.required, ["color"]);
    assert.equal(schema.additionalProperties, false);
    assert.doesNotMatch(JSON.stringify(body.messages), /schema/i);
  });
  const inWords = {
    "an older model": { source, model: "claude-opus-4-20250514" },
    "a schema of open keys": {
      source: "---\noutput:\n  schema:\n    (*): string\n    color: string\n---\nA color",
      model: "claude-haiku-4-5",
    },
  };
  for (const [name, { source, model }] of Object.entries(inWords)) {
    await t.step(`in words: ${name}`, async () => {
      const { body } = await requestOf(source, { answer, model });
      assert.equal(body.output_config, undefined);
      assert.match(JSON.stringify(body.messages), /schema/i);
    });
  }
  await t.step("in words: no schema", async () => {
    const { body } = await requestOf("---\noutput:\n  format: json\n---\nA color", { answer });
    assert.match(body.system[0].text, /JSON only/);
  });
});

Deno.test("anthropic's JSON that ran out of tokens is an error, though it could be completed", async () => {
  await using server = await providerServer(() =>
    anthropicMessage(text('{"color": "re'), "max_tokens")
  );
  const flow = await load(server.url, "---\noutput:\n  schema:\n    color: string\n---\nA color");
  await assert.rejects(flow.call("main", { input: {} }, runningCall()), {
    http: 502,
    message: 'The model of provider "anthropic" ran out of tokens before its JSON was complete',
  });
});

Deno.test("anthropic's call of a tool that a limit of tokens cut is not run", async () => {
  const use = { type: "tool_use", id: "toolu_1", name: "look" };
  const cut = blockEvents(0, { ...use, input: {} }, [
    { type: "input_json_delta", partial_json: '{"city": "A' },
  ]);
  const limit =
    'The model of provider "anthropic" came to its limit of tokens while it asked for ' +
    "a tool";
  const unreadable = 'The provider "anthropic" gave an answer that cannot be read';
  const streamed = (end: string) => eventStream(messageStart(), cut, messageEnd(end));
  const answers: [() => Response, stream: boolean, message: string][] = [
    [() => anthropicMessage([{ ...use, input: {} }], "max_tokens"), false, limit],
    [() => streamed("max_tokens"), true, limit],
    [() => streamed("tool_use"), true, unreadable],
  ];
  const look = {
    definition: { name: "look", description: "Looks", inputSchema: {} },
    implementation: { http: { url: "http://127.0.0.1:1/" } },
  };
  for (const [answer, stream, message] of answers) {
    await using server = await providerServer(answer);
    const flow = await load(server.url, "Hi", { tools: [look] });
    const window = stream && { window: new StreamWindow(() => {}) };
    const call = flow.call("main", { input: {} }, { ...runningCall(), ...window });
    await assert.rejects(call, { status: "INTERNAL", http: 502, message });
  }
});

Deno.test("anthropic's refusal is FAILED_PRECONDITION", async () => {
  await using server = await providerServer(() => anthropicMessage([], "refusal"));
  const flow = await load(server.url, "Hi");
  await assert.rejects(flow.call("main", { input: {} }, runningCall()), {
    status: "FAILED_PRECONDITION",
    message: 'The model of provider "anthropic" refused to answer (blocked)',
  });
});

Deno.test("anthropic gets images, documents and addresses, and no other media", async () => {
  const media = (url: string) => `{{media url="${url}"}}`;
  const pdf = media("data:application/pdf;base64,AAAA");
  const { body } = await requestOf(
    `See ${media("data:image/png;base64,BBBB")}${pdf}${media("https://host/a.jpg")}`,
  );
  assert.deepEqual(body.messages[0].content.slice(1), [
    { type: "image", source: { type: "base64", media_type: "image/png", data: "BBBB" } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" } },
    { type: "image", source: { type: "url", url: "https://host/a.jpg" } },
  ]);
  await assert.rejects(requestOf(media("data:video/mp4;base64,CCCC")), {
    status: "INVALID_ARGUMENT",
    message: /^Cannot send media to the model: it is video\/mp4, should be one of image\/jpeg/,
  });
});

Deno.test("anthropic's thoughts go back with their signatures, and a tool keeps its name", async (t) => {
  const tool = (url: string) => ({
    definition: { name: "sky.look", description: "Looks", inputSchema: {} },
    implementation: { http: { url, method: "POST" } },
  });
  const use = { type: "tool_use", id: "toolu_1", name: "sky_look" };
  const whole = () =>
    anthropicMessage([
      { type: "thinking", thinking: "Let me look", signature: "signed" },
      { type: "redacted_thinking", data: "secret" },
      { ...use, input: { at: 1 } },
    ], "tool_use");
  const streamed = () =>
    eventStream(
      messageStart(),
      blockEvents(0, { type: "thinking", thinking: "", signature: "" }, [
        { type: "thinking_delta", thinking: "Let me" },
        { type: "thinking_delta", thinking: " look" },
        { type: "signature_delta", signature: "signed" },
      ]),
      blockEvents(1, { type: "redacted_thinking", data: "secret" }, []),
      anthropicEvent("an_event_to_come", { index: 7 }),
      blockEvents(2, { ...use, input: {} }, [
        { type: "input_json_delta", partial_json: '{"a' },
        { type: "input_json_delta", partial_json: 't": 1}' },
      ]),
      messageEnd("tool_use"),
    );
  for (const [name, stream] of [["whole", false], ["streamed", true]] as const) {
    await t.step(name, async () => {
      await using server = await providerServer(({ path, body }) =>
        path === "/tool"
          ? Response.json("blue")
          : body.messages.length > 1
          ? anthropicWire.answer({ body } as ProviderRequest, { texts: ["It is blue"] })
          : stream
          ? streamed()
          : whole()
      );
      const chunks: { content: unknown[] }[] = [];
      const window = new StreamWindow((chunk) => chunks.push(chunk as { content: unknown[] }));
      const source = "---\ntoolChoice: required\nreturnToolRequests: false\n---\nHi";
      const flow = await load(server.url, source, { tools: [tool(`${server.url}/tool`)] });
      await flow.call("main", { input: {} }, { ...runningCall(), ...stream && { window } });
      const [first, called, second] = server.requests;
      assert.equal(first!.body.tools[0].name, "sky_look");
      assert.deepEqual(first!.body.tools[0].input_schema, { type: "object" });
      assert.deepEqual(first!.body.tool_choice, { type: "any" });
      assert.deepEqual(called!.body, { at: 1 });
      assert.deepEqual(second!.body.messages.slice(1), [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Let me look", signature: "signed" },
            { type: "redacted_thinking", data: "secret" },
            { ...use, input: { at: 1 } },
          ],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "toolu_1", content: text("blue") }],
        },
      ]);
      if (!stream) return;
      const parts = chunks.flatMap(({ content }) => content) as Record<string, unknown>[];
      assert.deepEqual(parts.slice(0, 3), [
        { reasoning: "Let me" },
        { reasoning: " look" },
        { toolRequest: { ref: "toolu_1", name: "sky.look", input: { at: 1 } } },
      ]);
    });
  }
});

Deno.test("an error in anthropic's stream ends the call with its status", async (t) => {
  const cases: Record<string, [status: string, message: RegExp]> = {
    overloaded_error: ["UNAVAILABLE", /is overloaded \(529, overloaded_error\)/],
    rate_limit_error: ["RESOURCE_EXHAUSTED", /too many requests \(429, rate_limit_error\)/],
    api_error: ["INTERNAL", /failed \(500, api_error\)/],
    an_error_to_come: ["INTERNAL", /failed \(500, an_error_to_come\)/],
  };
  for (const [type, [status, message]] of Object.entries(cases)) {
    await t.step(type, async () => {
      await using server = await providerServer(() =>
        eventStream(
          anthropicWire.begin("Hello"),
          anthropicEvent("error", { error: { type, message: "Something about Ann" } }),
        )
      );
      const flow = await load(server.url, "Hi");
      const window = new StreamWindow(() => {});
      const call = flow.call("main", { input: {} }, { ...runningCall(), window });
      await assert.rejects(call, { status, message });
    });
  }
});

Deno.test("anthropic's answer that comes whole, though a stream was asked for, is read as it is", async () => {
  const error = (type: string) => Response.json({ type: "error", error: { type, message: "Ann" } });
  const page = () => new Response("<html>Ann", { headers: { "content-type": "text/html" } });
  const unreadable = 'The provider "anthropic" gave an answer that cannot be read';
  const overloaded = 'The provider "anthropic" is overloaded (529, overloaded_error)';
  const failures: [answer: () => Response, http: number, message: string][] = [
    [() => error("overloaded_error"), 503, overloaded],
    [page, 502, unreadable],
  ];
  for (const stream of [false, true]) {
    const texts: unknown[] = [];
    const window = stream && {
      window: new StreamWindow((chunk) => texts.push((chunk as { content: unknown }).content)),
    };
    for (const [answer, http, message] of failures) {
      await using server = await providerServer(answer);
      const flow = await load(server.url, "Hi");
      const call = flow.call("main", { input: {} }, { ...runningCall(), ...window });
      await assert.rejects(call, { http, message });
    }
    await using server = await providerServer(() => anthropicMessage(text("Hello")));
    const flow = await load(server.url, "Hi");
    const result = await flow.call("main", { input: {} }, { ...runningCall(), ...window });
    assert.equal(result.text, "Hello");
    assert.deepEqual(texts, stream ? [[{ text: "Hello" }]] : []);
  }
});

Deno.test("anthropic's flow without a key is refused when it is loaded", async () => {
  await assert.rejects(
    load("http://127.0.0.1:1", "Hi", { credentials: {} }),
    /the provider "anthropic" needs the credential ANTHROPIC_API_KEY/,
  );
});

Deno.test("tokens that a stream has told count where it fails or is cancelled", async (t) => {
  const told = [
    messageStart(),
    blockEvents(0, { type: "text", text: "" }, [{ type: "text_delta", text: "Hi" }]),
  ];
  const failed = anthropicEvent("error", { error: { type: "overloaded_error", message: "" } });
  await t.step("fails", async () => {
    await using server = await providerServer(() => eventStream(...told, failed));
    const flow = await load(server.url, "Hi");
    const running = { ...runningCall(), window: new StreamWindow(() => {}) };
    await assert.rejects(flow.call("main", { input: {} }, running), { status: "UNAVAILABLE" });
    assert.ok(running.usage.inputTokens! > 0);
  });
  await t.step("is cancelled", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(told.join(""))),
    });
    const headers = { "content-type": "text/event-stream" };
    await using server = await providerServer(() => new Response(body, { headers }));
    const flow = await load(server.url, "Hi");
    const caller = new AbortController();
    const steps: Step[] = [];
    const running = {
      ...runningCall(),
      signal: caller.signal,
      window: new StreamWindow(() => caller.abort()),
      onStep: (step: Step) => steps.push(step),
    };
    await assert.rejects(flow.call("main", { input: {} }, running));
    const [step] = steps;
    assert.ok(step?.kind === "model" && step.usage.inputTokens! > 0);
  });
});
