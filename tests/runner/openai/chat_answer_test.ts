import assert from "assert";
import { StreamWindow } from "../../../runner/sandbox/stream_window.ts";
import { runningCall } from "../flow_definition.ts";
import {
  type ApiRequest,
  chatApiServer,
  event,
  events,
  eventStream,
  type Said,
} from "./chat_api_server.ts";
import { ANN, ask, chatFlow, lookTool } from "./chat_flow.ts";

const done = "data: [DONE]\n\n";
const delta = (delta: unknown, finish_reason: string | null = null) =>
  event({ choices: [{ index: 0, delta, finish_reason }] });
const plain = "---\nreturnToolRequests: true\n---\nHi";
const tool = lookTool("http://127.0.0.1:1/");

/** Streams these events, and gives the chunks that a caller gets. */
async function chunksOf(events: string[]): Promise<{ chunks: unknown[]; text: string }> {
  const { chunks, result } = await ask(() => eventStream(events), {
    stream: true,
    source: plain,
    input: {},
    tools: [tool],
  });
  return {
    chunks: chunks.map((chunk) => (chunk as { content: unknown[] }).content),
    text: result.text,
  };
}

for (const stream of [false, true]) {
  const streamed = stream ? ", streamed" : "";
  const blocked = {
    status: "FAILED_PRECONDITION",
    message: 'The model of provider "openai" refused to answer (blocked)',
  };

  Deno.test(`a refusal is FAILED_PRECONDITION${streamed}`, async () => {
    await assert.rejects(ask(() => ({ refusal: "I will not" }), { stream }), blocked);
  });

  Deno.test(`an answer that a content filter cut is FAILED_PRECONDITION${streamed}`, async () => {
    const cut = () => ({ content: "Well", finish_reason: "content_filter" });
    await assert.rejects(ask(cut, { stream }), blocked);
  });

  Deno.test(`an answer that came to its limit is given as it is${streamed}`, async () => {
    const cut = () => ({ content: "Once upon", finish_reason: "length" });
    assert.equal((await ask(cut, { stream })).result.text, "Once upon");
  });

  Deno.test(`an answer whose thoughts took all its tokens is an error${streamed}`, async () => {
    for (const content of ["", null]) {
      const said = { content, reasoning_content: "Hm", finish_reason: "length" };
      await assert.rejects(ask(() => said, { stream }), {
        status: "INTERNAL",
        http: 502,
        message:
          'The model of provider "openai" came to its limit of tokens before it said anything',
      });
    }
  });

  Deno.test(`JSON that its limit cut is told as that${streamed}`, async () => {
    const source = "---\noutput:\n  schema:\n    color: string\n    size: integer\n---\nA color";
    for (const content of ['{"color": "re', '{"color": "red", "size": 1']) {
      const cut = () => ({ content, finish_reason: "length" });
      await assert.rejects(ask(cut, { source, stream, input: {} }), {
        http: 502,
        message: 'The model of provider "openai" ran out of tokens before its JSON was complete',
      });
    }
  });

  Deno.test(`one of several values is given without quotes around it${streamed}`, async () => {
    const source =
      "---\noutput:\n  format: enum\n  schema: { type: string, enum: [RED, BLUE] }\n---\nA";
    for (const content of ["RED", '"RED"', " 'RED'\n"]) {
      const { result } = await ask(() => ({ content }), { source, stream, input: {} });
      assert.equal(result.text, "RED");
    }
  });

  Deno.test(`reasoning is no part of the text${streamed}`, async () => {
    const { result, chunks } = await ask(
      () => ({ reasoning_content: "Hm", content: "Hello" }),
      { stream },
    );
    assert.equal(result.text, "Hello");
    if (stream) {
      assert.deepEqual((chunks[0] as Record<string, unknown>).content, [{ reasoning: "Hm" }]);
    }
  });

  Deno.test(`an answer that does not fit its schema is the model's fault${streamed}`, async () => {
    const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
    for (const [content, words] of [['{"color": 1}', /does not fit/], ["red", /not JSON|fit/]]) {
      const call = ask(() => ({ content: content as string }), { source, stream, input: {} });
      await assert.rejects(call, { status: "INTERNAL", http: 502, message: words as RegExp });
    }
  });

  const asked = (name: string, input: string, finish_reason?: string): Said => ({
    tool_calls: [{ id: "a", type: "function", function: { name, arguments: input } }],
    ...finish_reason && { finish_reason },
  });
  const wrong: Record<string, [Said, RegExp]> = {
    "arguments that are no JSON": [asked("look", '{"city": Ann'), /arguments that are not JSON$/],
    "arguments that its limit cut": [
      asked("look", '{"city": "Ann', "length"),
      /came to its limit of tokens while it asked for a tool$/,
    ],
    "a limit that may have cut more": [
      asked("look", '{"city": "Ann"}', "length"),
      /came to its limit of tokens while it asked for a tool$/,
    ],
    "arguments that do not fit": [asked("look", '{"city": 1}'), /at "city" it must be string/],
    "a tool that is not there": [asked("fly", "{}"), /a tool that the prompt does not have$/],
  };
  for (const [name, [said, message]] of Object.entries(wrong)) {
    Deno.test(`a model that asks with ${name} is at fault${streamed}`, async () => {
      const call = ask(() => said, { stream, tools: [tool] });
      await assert.rejects(call, { status: "INTERNAL", http: 502, message });
      const { message: text } = await call.catch((error: Error) => error) as Error;
      assert.doesNotMatch(text, /Ann/);
    });
  }
}

Deno.test("a call of a tool without an id gets one, unlike those before it", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("blue"),
  );
  const call = { function: { name: "look", arguments: '{"city":"A"}' } };
  const answer = ({ body: { messages } }: ApiRequest) =>
    messages.length < 4 ? { tool_calls: [call] } : { content: "ok" };
  const tools = [lookTool(`http://127.0.0.1:${server.addr.port}/`)];
  const { requests } = await ask(answer, { tools });
  await server.shutdown();
  const messages: { tool_call_id?: string }[] = requests.at(-1)!.body.messages;
  const ids = messages.map(({ tool_call_id }) => tool_call_id).filter((id) => id !== undefined);
  assert.deepEqual(ids, ["call_0", "call_1"]);
});

Deno.test("calls of tools in pieces are put together by their index", async () => {
  const { chunks } = await chunksOf([
    delta({ tool_calls: [{ index: 0, id: "a", function: { name: "look", arguments: "" } }] }),
    delta({ tool_calls: [{ index: 1, id: "b", function: { name: "look", arguments: '{"ci' } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: '{"city":"A"}' } }] }),
    delta({ tool_calls: [{ index: 1, function: { arguments: 'ty":"B"}' } }] }, "tool_calls"),
    done,
  ]);
  assert.deepEqual(chunks, [
    [{ toolRequest: { name: "look", ref: "a", input: { city: "A" } } }],
    [{ toolRequest: { name: "look", ref: "b", input: { city: "B" } } }],
  ]);
});

Deno.test("calls of tools without an index are told apart by their names", async () => {
  const { chunks } = await chunksOf([
    delta({ tool_calls: [{ id: "a", function: { name: "look", arguments: '{"city":' } }] }),
    delta({ tool_calls: [{ function: { arguments: '"A"}' } }] }),
    delta({ tool_calls: [{ id: "b", function: { name: "look", arguments: "{}" } }] }, "stop"),
    done,
  ]);
  assert.deepEqual(chunks, [
    [{ toolRequest: { name: "look", ref: "a", input: { city: "A" } } }],
    [{ toolRequest: { name: "look", ref: "b", input: {} } }],
  ]);
});

Deno.test("calls of tools that share an index are told apart by their ids", async () => {
  const { chunks } = await chunksOf([
    delta({ tool_calls: [{ index: 0, id: "a", function: { name: "look", arguments: '{"ci' } }] }),
    delta({ tool_calls: [{ index: 0, id: "a", function: { arguments: 'ty":"A"}' } }] }),
    delta({ tool_calls: [{ index: 0, id: "b", function: { name: "look", arguments: "{" } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: "}" } }] }, "tool_calls"),
    done,
  ]);
  assert.deepEqual(chunks, [
    [{ toolRequest: { name: "look", ref: "a", input: { city: "A" } } }],
    [{ toolRequest: { name: "look", ref: "b", input: {} } }],
  ]);
});

Deno.test("a call of a tool with null for its arguments has none", async () => {
  const call = { index: 0, id: "a", function: { name: "look", arguments: "null" } };
  const { chunks } = await chunksOf([delta({ tool_calls: [call] }, "tool_calls"), done]);
  assert.deepEqual(chunks, [[{ toolRequest: { name: "look", ref: "a", input: {} } }]]);
});

const forms: Record<string, string[]> = {
  "with CRLF": events({ content: "Hello" }).map((event) => event.replaceAll("\n", "\r\n")),
  "with comments and names": [
    ": ping\n\n",
    ...events({ content: "Hello" }).map((e) => `event: x\n${e}`),
  ],
  "without spaces": events({ content: "Hello" }).map((event) => event.replace("data: ", "data:")),
  "without [DONE]": events({ content: "Hello" }).slice(0, -1),
  "with an end in the midst": [events({ content: "Hello" }).join("").trimEnd()],
  "without a blank line at its end": [
    delta({ content: "Hello" }),
    delta({}, "stop").trimEnd() + "\n",
  ],
  "with no reason to finish": [delta({ content: "Hello" }), done],
  "with Azure's filter results first": [
    event({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] }),
    ...events({ content: "Hello" }),
  ],
  "with content in parts": [
    delta({ content: [{ type: "text", text: "Hello" }] }),
    delta({}, "stop"),
    done,
  ],
};
for (const [name, events] of Object.entries(forms)) {
  Deno.test(`a stream is read ${name}`, async () => {
    assert.equal((await chunksOf(events)).text, "Hello");
  });
}

Deno.test("a text is whole where a chunk of bytes ends in the midst of a letter", async () => {
  const bytes = new TextEncoder().encode(events({ content: "Grüße" }).join(""));
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const headers = { "content-type": "text/event-stream" };
  const { result } = await ask(() => new Response(body, { headers }), { stream: true });
  assert.equal(result.text, "Grüße");
});

Deno.test("a stream is read no faster than its caller takes it", async () => {
  await using server = await chatApiServer(() => ({ content: "one two three" }));
  const flow = await chatFlow(server.url);
  const steps: string[] = [];
  class Watched extends StreamWindow {
    override async open() {
      await super.open();
      steps.push("open");
    }
  }
  const window = new Watched(() => steps.push("chunk"));
  await flow.call("main", ANN, { ...runningCall(), window });
  assert.deepEqual(steps, ["open", "chunk", "open", "chunk", "open", "chunk"]);
});

Deno.test("a server that does not stream is taken at its word", async () => {
  const whole = {
    choices: [{ index: 0, message: { content: "Hello" }, finish_reason: "stop" }],
  };
  const { result, chunks } = await ask(() => Response.json(whole), { stream: true });
  assert.equal(result.text, "Hello");
  assert.equal(chunks.length, 1);
});

Deno.test("an answer is complete with [DONE], even if the server keeps the connection", async () => {
  const never = new Promise<void>(() => {});
  const { result } = await ask(() => eventStream(events({ content: "Hello" }), never), {
    stream: true,
  });
  assert.equal(result.text, "Hello");
});

const failures: Record<string, [events: string[], expected: Record<string, unknown>]> = {
  "an error in the stream": [
    [delta({ content: "Hel" }), event({ error: { message: "Ann", type: "server_error" } }), done],
    { status: "INTERNAL", message: 'The provider "openai" failed (500, server_error)' },
  ],
  "an overload in the stream": [
    [delta({ content: "Hel" }), event({ error: { message: "Ann", code: 503 } }), done],
    { status: "UNAVAILABLE", message: 'The provider "openai" is not available (503)' },
  ],
  "a quota in the stream": [
    [event({ error: { message: "Ann", code: "insufficient_quota" } })],
    { status: "RESOURCE_EXHAUSTED" },
  ],
  "vLLM's error in the stream": [
    [delta({ content: "Hel" }), event({ object: "error", message: "Ann", code: 400 }), done],
    { status: "INVALID_ARGUMENT" },
  ],
  "an event that is no JSON": [
    [delta({ content: "Hel" }), "data: {Ann\n\n", done],
    { http: 502, message: 'The provider "openai" gave an answer that cannot be read' },
  ],
  "an error in its choice": [
    [delta({ content: "Hel" }), event({ choices: [{ error: { code: 429 } }] }), done],
    { status: "RESOURCE_EXHAUSTED" },
  ],
  "an error for its end": [
    [delta({ content: "Hel" }), delta({ content: "" }, "error"), done],
    { status: "UNAVAILABLE" },
  ],
  "no event": [[], { status: "UNAVAILABLE", message: /broke off its answer$/ }],
  "[DONE] and no answer": [[done], { status: "UNAVAILABLE", message: /broke off its answer$/ }],
  "an event that the end cuts": [
    [delta({ content: "Hel" }), delta({ content: "lo" }, "stop").slice(0, -12)],
    { status: "UNAVAILABLE", message: /broke off its answer$/ },
  ],
};
for (const [name, [events, expected]] of Object.entries(failures)) {
  Deno.test(`a stream with ${name} is a failure`, async () => {
    const call = ask(() => eventStream(events), { stream: true });
    await assert.rejects(call, expected);
    const { message } = await call.catch((error: Error) => error) as Error;
    assert.doesNotMatch(message, /Ann/);
  });
}

Deno.test("a whole answer that says that it broke off is a failure", async () => {
  const message = { role: "assistant", content: "Hel" };
  for (
    const [choice, expected] of [
      [{ message, finish_reason: "error" }, { status: "UNAVAILABLE" }],
      [{ message, error: { code: 502, message: "sk-Ann" } }, {
        status: "UNAVAILABLE",
        message: /502/,
      }],
    ] as const
  ) {
    await assert.rejects(ask(() => Response.json({ choices: [choice] })), expected);
  }
});
