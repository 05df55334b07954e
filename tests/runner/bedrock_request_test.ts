import assert from "assert";
import type { GenerateRequest } from "genkit";
import { converseRequest } from "../../runner/providers/bedrock/converse_request.ts";
import { toolNames } from "../../runner/providers/tool_names.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { ann, bedrockFlow, CLAUDE, LLAMA, look, withBedrock } from "./bedrock_flow.ts";
import { runningCall } from "./flow_definition.ts";

const NOVA = "eu.amazon.nova-lite-v1:0";
const PNG = "iVBORw0KGgo=";
const hi: GenerateRequest["messages"] = [{ role: "user", content: [{ text: "Hi" }] }];
const schema = { type: "object", properties: { color: { type: "string" } } };
const json = { output: { format: "json", schema, constrained: true } };
const tool = { name: "look", description: "", inputSchema: { type: "object" } };

function input(change: Partial<GenerateRequest>, model = CLAUDE) {
  return converseRequest(model, { messages: hi, ...change } as GenerateRequest).input;
}

Deno.test("converse: a system message stands apart, and sides take turns", () => {
  const { system, messages } = input({
    messages: [
      { role: "system", content: [{ text: "Be brief" }, { text: " " }] },
      { role: "user", content: [{ text: "One" }] },
      { role: "user", content: [{ text: "\n" }, { text: "Two" }] },
      { role: "model", content: [{ text: "" }] },
      { role: "model", content: [{ text: "Three" }] },
    ],
  });
  assert.deepEqual(system, [{ text: "Be brief" }]);
  assert.deepEqual(messages, [
    { role: "user", content: [{ text: "One" }, { text: "Two" }] },
    { role: "assistant", content: [{ text: "Three" }] },
  ]);
});

Deno.test("converse: images, documents and videos", () => {
  const media = (url: string, contentType?: string) => ({
    media: { url, ...contentType && { contentType } },
  });
  const { messages } = input({
    messages: [{
      role: "user",
      content: [
        media(`data:image/png;base64,${PNG}`),
        media("data:application/pdf;base64,JVBERg=="),
        media("s3://bucket/film", "video/mp4"),
      ],
    }],
  });
  assert.deepEqual(messages![0]!.content, [
    { image: { format: "png", source: { bytes: Uint8Array.fromBase64(PNG) } } },
    {
      document: {
        format: "pdf",
        name: "document 2",
        source: { bytes: new Uint8Array([37, 80, 68, 70]) },
      },
    },
    { video: { format: "mp4", source: { s3Location: { uri: "s3://bucket/film" } } } },
  ]);
});

const media: [what: string, url: string, fault: RegExp][] = [
  ["of another kind", "data:application/zip;base64,AA==", /is of the type "application\/zip"/],
  ["at a web address", "https://host/a.png", /is of the type ""/],
  ["without base64", "data:image/png;base64,%%%", /is a data: URL that is not base64$/],
];
for (const [what, url, fault] of media) {
  Deno.test(`converse: media ${what} is the caller's fault, and not shown`, () => {
    const messages = [{ role: "user" as const, content: [{ media: { url } }] }];
    assert.throws(() => input({ messages }), (error: Error & { status?: string }) => {
      assert.equal(error.status, "INVALID_ARGUMENT");
      assert.match(error.message, fault);
      assert.doesNotMatch(error.message, /AA==|host/);
      return true;
    });
  });
}

Deno.test("converse: settings go where the model takes them", async (t) => {
  const config = { temperature: 0, topP: 0.5, maxOutputTokens: 9, stopSequences: ["x"], topK: 4 };
  const cases: [model: string, fields: unknown][] = [
    [CLAUDE, { top_k: 4 }],
    [NOVA, { inferenceConfig: { topK: 4 } }],
    ["cohere.command-r-v1:0", { k: 4 }],
  ];
  for (const [model, fields] of cases) {
    await t.step(model, () => {
      const { inferenceConfig, additionalModelRequestFields } = input({ config }, model);
      assert.deepEqual(inferenceConfig, {
        temperature: 0,
        topP: 0.5,
        maxTokens: 9,
        stopSequences: ["x"],
      });
      assert.deepEqual(additionalModelRequestFields, fields);
    });
  }
  await t.step("the model's own ones as they are, Converse's in their fields", () => {
    const thinking = { type: "enabled", budget_tokens: 1024 };
    const found = input({
      config: { thinking, version: "1", performanceConfig: { latency: "optimized" } },
    });
    assert.deepEqual(found.additionalModelRequestFields, { thinking });
    assert.deepEqual(found.performanceConfig, { latency: "optimized" });
  });
});

Deno.test("converse: tool choice as far as models know it", () => {
  const choice = (toolChoice: "auto" | "required" | "none", model = CLAUDE) =>
    input({ tools: [tool], toolChoice }, model).toolConfig;
  assert.equal(choice("auto")!.toolChoice, undefined);
  assert.deepEqual(choice("required")!.toolChoice, { any: {} });
  assert.equal(choice("required", LLAMA)!.toolChoice, undefined);
  assert.equal(choice("none"), undefined);
  assert.equal(input({ tools: [tool] }).toolConfig!.tools![0]!.toolSpec!.description, "look");
});

Deno.test("converse: JSON by a tool, by a schema, or in words, as the model allows", async (t) => {
  const cases: [what: string, change: Partial<GenerateRequest>, model: string, way: string][] = [
    ["Claude", json, CLAUDE, "tool"],
    ["Nova", json, NOVA, "tool"],
    ["another model", json, LLAMA, "words"],
    [
      "a model that thinks",
      { ...json, config: { thinking: { type: "enabled" } } },
      CLAUDE,
      "words",
    ],
    ["one that has tools", { ...json, tools: [tool] }, CLAUDE, "words"],
    [
      "one that is said to take schemas",
      { ...json, config: { jsonOutput: "schema" } },
      LLAMA,
      "schema",
    ],
    ["a list", { output: { ...json.output, schema: { type: "array" } } }, CLAUDE, "words"],
  ];
  for (const [what, change, model, way] of cases) {
    await t.step(what, () => {
      const { toolConfig, outputConfig } = input(change, model);
      assert.equal(
        toolConfig?.toolChoice?.tool ? "tool" : outputConfig ? "schema" : "words",
        way,
      );
      const text = outputConfig?.textFormat?.structure?.jsonSchema?.schema;
      if (text !== undefined) assert.deepEqual(JSON.parse(text), schema);
    });
  }
});

Deno.test("converse: names of tools that Bedrock does not take are changed, each to one of its own", () => {
  const names = toolNames(["a.b", "a_b", "ä", "x".repeat(70)]);
  assert.equal(names.toWire("a.b"), "a_b");
  assert.equal(names.toWire("a_b"), "a_b_2");
  assert.equal(names.fromWire("a_b_2"), "a_b");
  assert.match(names.toWire("ä"), /^[\w-]{1,64}$/);
  assert.equal(names.toWire("x".repeat(70)).length, 64);
});

Deno.test("converse: a tool's failure is told as one", () => {
  const { messages } = input({
    messages: [
      ...hi,
      { role: "model", content: [{ toolRequest: { name: "look", ref: "1", input: {} } }] },
      {
        role: "tool",
        content: [{
          toolResponse: { name: "look", ref: "1", output: { error: "no" } },
          metadata: { isError: true },
        }],
      },
    ],
    tools: [tool],
  });
  assert.deepEqual(messages!.at(-1)!.content, [
    { toolResult: { toolUseId: "1", content: [{ json: { error: "no" } }], status: "error" } },
  ]);
});

Deno.test("bedrock counts what a cache gave as input", () => {
  const usage = {
    inputTokens: 7,
    outputTokens: 3,
    totalTokens: 15,
    cacheReadInputTokens: 4,
    cacheWriteInputTokens: 1,
  };
  return withBedrock(() => ({ content: [{ text: "Hi" }], usage }), async (url) => {
    const flow = await bedrockFlow(url);
    const expected = { inputTokens: 12, outputTokens: 3, cachedContentTokens: 4 };
    for (const window of [undefined, new StreamWindow(() => {})]) {
      const { usage } = await flow.call("main", ann, { ...runningCall(), ...window && { window } });
      assert.deepEqual(usage, expected);
    }
  });
});

Deno.test("what a model thought goes back to it with its signature, after a tool as well", () => {
  const thought = { reasoningContent: { reasoningText: { text: "Hm", signature: "sig" } } };
  const call = { toolUse: { toolUseId: "1", name: "look", input: { city: "Rome" } } };
  return withBedrock(
    ({ path, body }) =>
      path === "/tool"
        ? Response.json({ ok: true })
        : body.messages.length === 1
        ? { content: [thought, call], stopReason: "tool_use" }
        : { content: [{ text: "Done" }] },
    async (url, requests) => {
      const flow = await bedrockFlow(url, { tools: [look(`${url}/tool`)] });
      for (const window of [undefined, new StreamWindow(() => {})]) {
        await flow.call("main", ann, { ...runningCall(), ...window && { window } });
        assert.deepEqual(requests.at(-1)!.body.messages[1].content, [thought, call]);
      }
    },
  );
});

Deno.test("a guardrail of the PluginConfig is not the prompt's to take off", () => {
  const guardrailConfig = { guardrailIdentifier: "ours", guardrailVersion: "1" };
  const source =
    "---\nconfig:\n  guardrailConfig:\n    guardrailIdentifier: theirs\n  baseURL: http://127.0.0.1:1\n---\nHi";
  return withBedrock(() => ({ content: [{ text: "Hi" }] }), async (url, requests) => {
    const flow = await bedrockFlow(url, { source, extraConfig: { guardrailConfig } });
    await flow.call("main", { input: {} }, runningCall());
    assert.deepEqual(requests[0]!.body.guardrailConfig, guardrailConfig);
    assert.equal(requests[0]!.body.additionalModelRequestFields, undefined);
  });
});
