import assert from "assert";
import type { GenerateRequest, Part } from "genkit";
import { chatRequest } from "../../../runner/providers/openai/chat_request.ts";
import type { ChatServer } from "../../../runner/providers/openai/chat_server.ts";
import { isStrictSchema } from "../../../runner/providers/openai/strict_schema.ts";
import { ask } from "./chat_flow.ts";

const server: ChatServer = {
  provider: "openai",
  url: () => "https://api.example/v1/chat/completions",
  headers: {},
  maxTokens: "max_completion_tokens",
  streamUsage: true,
};

const user = (...content: Part[]) => [{ role: "user" as const, content }];

function body(
  request: Partial<GenerateRequest>,
  { stream = false, ...more }: Partial<ChatServer> & { stream?: boolean } = {},
) {
  const whole = { messages: user({ text: "Hi" }), ...request };
  return chatRequest({ ...server, ...more }, "gpt-5", whole, stream).body;
}

Deno.test("Genkit's settings become the API's, and others go on in snake case", () => {
  const config = {
    temperature: 0,
    maxOutputTokens: 10,
    topP: 0.5,
    topK: 40,
    stopSequences: ["END"],
    frequencyPenalty: 1,
    presencePenalty: -1,
    logProbs: true,
    topLogProbs: 2,
    seed: 0,
    reasoningEffort: "low",
    parallelToolCalls: false,
    min_p: 0.1,
    chat_template_kwargs: { enableThinking: false },
    user: null,
  };
  const { messages: _, ...fields } = body({ config });
  assert.deepEqual(fields, {
    model: "gpt-5",
    temperature: 0,
    max_completion_tokens: 10,
    top_p: 0.5,
    top_k: 40,
    stop: ["END"],
    frequency_penalty: 1,
    presence_penalty: -1,
    logprobs: true,
    top_logprobs: 2,
    seed: 0,
    reasoning_effort: "low",
    parallel_tool_calls: false,
    min_p: 0.1,
    chat_template_kwargs: { enableThinking: false },
  });
});

Deno.test("of two limits of tokens the later one is sent, as servers refuse both", () => {
  const { max_tokens, max_completion_tokens } = body({
    config: { max_tokens: 1024, maxOutputTokens: 10 },
  });
  assert.deepEqual([max_tokens, max_completion_tokens], [undefined, 10]);
});

Deno.test("a server that knows max_tokens only gets that", () => {
  const { max_tokens } = body({ config: { maxOutputTokens: 10 } }, { maxTokens: "max_tokens" });
  assert.equal(max_tokens, 10);
});

Deno.test("no limit of stop sequences is sent where there are none", () => {
  assert.ok(!("stop" in body({ config: { stopSequences: [] } })));
});

Deno.test("the version of a model goes in its place", () => {
  assert.equal(body({ config: { version: "gpt-5-2025-08-07" } }).model, "gpt-5-2025-08-07");
});

for (const key of ["messages", "model", "n", "stream", "tools", "toolChoice", "responseFormat"]) {
  Deno.test(`a config that sets "${key}" is refused`, () => {
    assert.throws(() => body({ config: { [key]: 1 } }), {
      status: "FAILED_PRECONDITION",
      message: `The model's config sets "${key}", which only the flow itself decides`,
    });
  });
}

Deno.test("a server that refuses stream_options is not sent them", () => {
  const { stream, stream_options } = body({}, { stream: true, streamUsage: false });
  assert.deepEqual([stream, stream_options], [true, undefined]);
});

Deno.test("messages keep their roles, and reasoning stays behind", () => {
  const messages: GenerateRequest["messages"] = [
    { role: "system", content: [{ text: "Be " }, { text: "brief" }] },
    { role: "user", content: [{ text: "Hi" }, { text: " there" }] },
    { role: "model", content: [{ reasoning: "hm" }, { text: "Hello" }] },
    {
      role: "model",
      content: [{ text: "I look" }, { toolRequest: { name: "look", ref: "a", input: { b: 1 } } }],
    },
    { role: "tool", content: [{ toolResponse: { name: "look", ref: "a", output: "blue" } }] },
    { role: "model", content: [{ toolRequest: { name: "look" } }] },
    { role: "tool", content: [{ toolResponse: { name: "look" } }] },
  ];
  const call = (id: string, input: string) => [
    { id, type: "function", function: { name: "look", arguments: input } },
  ];
  assert.deepEqual(body({ messages }).messages, [
    { role: "system", content: "Be brief" },
    { role: "user", content: "Hi there" },
    { role: "assistant", content: "Hello" },
    { role: "assistant", content: "I look", tool_calls: call("a", '{"b":1}') },
    { role: "tool", tool_call_id: "a", content: "blue" },
    { role: "assistant", content: null, tool_calls: call("look", "{}") },
    { role: "tool", tool_call_id: "look", content: "null" },
  ]);
});

Deno.test("Genkit's words on the form of the answer stand apart from the prompt's", async () => {
  const source =
    "---\noutput:\n  format: enum\n  schema: { type: string, enum: [RED, BLUE] }\n---\n" +
    "Which color is the sky?";
  const { requests } = await ask(() => ({ content: "BLUE" }), { source, input: {} });
  const [{ content }] = requests[0]!.body.messages;
  assert.match(
    content,
    /^Which color is the sky\?\n\nOutput should be ONLY one of .*\n\nRED\nBLUE$/,
  );
  const part = { text: "As JSON", metadata: { purpose: "output" } };
  const [between] = body({ messages: user({ text: "Look." }, part, { text: "Now." }) })
    .messages as { content: unknown }[];
  assert.equal(between!.content, "Look.\n\nAs JSON\n\nNow.");
});

const png = "data:image/png;base64,iVBORw0KGgo=";
const media: Record<string, [media: Part["media"], expected: unknown]> = {
  "an image as data": [{ url: png }, { type: "image_url", image_url: { url: png } }],
  "an image of the web": [
    { url: "https://example.com/a.png" },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  ],
  "audio": [
    { url: "data:audio/mpeg;base64,AAAA" },
    { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
  ],
  "a PDF": [
    { url: "data:application/pdf;base64,AAAA", contentType: "application/pdf" },
    {
      type: "file",
      file: { filename: "document.pdf", file_data: "data:application/pdf;base64,AAAA" },
    },
  ],
};
for (const [name, [part, expected]] of Object.entries(media)) {
  Deno.test(`a user's message may hold ${name}`, () => {
    const [message] = body({ messages: user({ text: "Look" }, { media: part! }) })
      .messages as { content: unknown }[];
    assert.deepEqual(message!.content, [{ type: "text", text: "Look" }, expected]);
  });
}

Deno.test("how closely images are looked at is a setting", () => {
  const [message] = body({
    messages: user({ media: { url: png } }),
    config: { visualDetailLevel: "low" },
  }).messages as { content: unknown }[];
  assert.deepEqual(message!.content, [{
    type: "image_url",
    image_url: { url: png, detail: "low" },
  }]);
});

Deno.test("a video is refused by its type, not its data", () => {
  const url = "data:video/mp4;base64,c2VjcmV0";
  assert.throws(() => body({ messages: user({ media: { url } }) }), {
    status: "INVALID_ARGUMENT",
    message: 'The flow\'s model cannot be sent media of the type "video/mp4"; ' +
      "it takes text, images, and WAV, MP3 and PDF as data",
  });
  const remote = { url: "https://example.com/secret.pdf", contentType: "application/pdf" };
  assert.throws(
    () => body({ messages: user({ media: remote }) }),
    /media of the type "application\/pdf" by its URL; it takes/,
  );
  for (const url of ["data:text/plain,hello", "DATA:image/svg+xml;utf8,%3Csvg/%3E"]) {
    assert.throws(
      () => body({ messages: user({ media: { url } }) }),
      /cannot be sent data that is not base64; it takes/,
    );
  }
});

Deno.test("tools are declared, also one without input", () => {
  const tools = [{ name: "now", description: "Tells the time" }];
  assert.deepEqual(body({ tools, toolChoice: "required" }), {
    model: "gpt-5",
    messages: [{ role: "user", content: "Hi" }],
    tools: [{
      type: "function",
      function: {
        name: "now",
        description: "Tells the time",
        parameters: { type: "object", properties: {} },
      },
    }],
    tool_choice: "required",
  });
});

Deno.test("JSON without a schema is asked for with the word, which the API insists on", () => {
  const output = { format: "json" };
  const { response_format, messages } = body({ output });
  assert.deepEqual(response_format, { type: "json_object" });
  assert.deepEqual((messages as unknown[])[0], { role: "system", content: "Answer with JSON." });
  const named = body({ output, messages: user({ text: "As Json, please" }) });
  assert.equal((named.messages as unknown[]).length, 1);
});

Deno.test("a schema that a prompt's author does not want kept to is not sent", () => {
  const output = { format: "json", constrained: false, schema: { type: "object" } };
  assert.deepEqual(body({ output }).response_format, { type: "json_object" });
});

Deno.test("formats that Genkit puts into words are not asked for", () => {
  assert.equal(
    body({ output: { format: "jsonl", schema: { type: "array" } } }).response_format,
    undefined,
  );
  assert.equal(body({ output: { format: "text" } }).response_format, undefined);
  assert.equal(body({ output: {} }).response_format, undefined);
});

const object = (properties: unknown, more: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  additionalProperties: false,
  ...more,
});
const schemas: Record<string, [schema: Record<string, unknown>, strict: boolean]> = {
  "all required": [object({ a: { type: "string" } }, { required: ["a"] }), true],
  "without properties": [object({}), true],
  "nullable": [object({ a: { type: ["string", "null"] } }, { required: ["a"] }), true],
  "an optional property": [object({ a: { type: "string" } }), false],
  "further properties": [{ type: "object", properties: {} }, false],
  "an open inner object": [object({ a: { type: "object" } }, { required: ["a"] }), false],
  "open items": [
    object({ a: { type: "array", items: { type: "object" } } }, { required: ["a"] }),
    false,
  ],
  "anything": [object({ a: {} }, { required: ["a"] }), false],
  "a rare keyword": [
    object({ a: { type: "string", "x-order": 1 } }, { required: ["a"] }),
    false,
  ],
};
for (const [name, [schema, strict]] of Object.entries(schemas)) {
  Deno.test(`a schema with ${name} is asked for ${strict ? "strictly" : "loosely"}`, () => {
    assert.equal(isStrictSchema(schema), strict);
    const output = { format: "json", constrained: true, schema };
    assert.deepEqual(body({ output }).response_format, {
      type: "json_schema",
      json_schema: { name: "output", schema, strict },
    });
  });
}
