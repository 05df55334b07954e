import assert from "assert";
import { answer, chunkFrame, readFlowRequest, resultFrame } from "../../runner/http/protocol.ts";
import { encodeFrame, openEventStream } from "../../runner/http/event_stream.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import type { PromptInfo } from "../../runner/host/sandbox_messages.ts";

const text: PromptInfo = { name: "main", output: "text" };
const json: PromptInfo = { name: "main", output: "json" };

Deno.test("a body is an envelope iff it has data, and at most init besides", () => {
  const cases: [unknown, "callable" | "raw", Record<string, unknown>][] = [
    [{ data: { name: "Ann" } }, "callable", { name: "Ann" }],
    [{ data: { name: "Ann" }, init: { a: 1 } }, "callable", { name: "Ann" }],
    [{ data: null }, "callable", {}],
    [{ name: "Ann" }, "raw", { name: "Ann" }],
    [{ data: { name: "Ann" }, more: 1 }, "raw", { data: { name: "Ann" }, more: 1 }],
    [{ init: {} }, "raw", { init: {} }],
    [{}, "raw", {}],
    [undefined, "raw", {}],
  ];
  for (const [body, protocol, input] of cases) {
    assert.deepEqual(readFlowRequest(body, {}), { protocol, input }, JSON.stringify(body));
  }
});

Deno.test("a prompt with an input of the name data is called raw", () => {
  const inputSchema = { type: "object", properties: { data: { type: "string" } } };
  const body = { data: "x" };
  assert.deepEqual(readFlowRequest(body, { inputSchema }), { protocol: "raw", input: body });
  const other = { type: "object", properties: { name: {} }, required: ["data"] };
  assert.equal(readFlowRequest({ data: {} }, { inputSchema: other }).protocol, "callable");
});

Deno.test("the caller's word decides the protocol", () => {
  const inputSchema = { properties: { data: {} } };
  const body = { data: { data: "x" } };
  assert.deepEqual(readFlowRequest(body, { asked: "callable", inputSchema }), {
    protocol: "callable",
    input: { data: "x" },
  });
  assert.deepEqual(readFlowRequest(body, { asked: "raw" }), { protocol: "raw", input: body });
  for (const nothing of [undefined, {}, { init: {} }, { data: null }]) {
    assert.deepEqual(readFlowRequest(nothing, { asked: "callable" }), {
      protocol: "callable",
      input: {},
    });
  }
});

Deno.test("what is not understood is an invalid argument that says what it should be", () => {
  const cases: [unknown, string | undefined, string][] = [
    [[1], undefined, "Cannot read the input: the body is a list, it should be an object"],
    [7, undefined, "Cannot read the input: the body is a number, it should be an object"],
    ["secret", "raw", "Cannot read the input: the body is a string, it should be an object"],
    [null, undefined, "Cannot read the input: the body is null, it should be an object"],
    [{ data: [] }, undefined, 'Cannot read the input: "data" is a list, it should be an object'],
    [[], "callable", "Cannot read the input: the body is a list, it should be an object"],
    [
      { data: {}, name: 1 },
      "callable",
      'Cannot read the call: the body has the key "name", it should have only "data" and "init"',
    ],
    [
      {},
      "Callable",
      'Cannot read the call: x-genkit-protocol is "Callable", it should be "callable" or "raw"',
    ],
  ];
  for (const [body, asked, message] of cases) {
    assert.throws(() => readFlowRequest(body, { asked }), { status: "INVALID_ARGUMENT", message });
  }
});

Deno.test("answers are text when raw, JSON for a JSON prompt, and a result when callable", async () => {
  const result = { text: "Hallo, Jörg", output: { a: 1 } };
  const cases: [Response, string, string][] = [
    [answer("raw", text, result), "text/plain; charset=utf-8", "Hallo, Jörg"],
    [answer("raw", json, result), "application/json", '{"a":1}'],
    [answer("callable", text, result), "application/json", '{"result":"Hallo, Jörg"}'],
    [answer("callable", json, result), "application/json", '{"result":{"a":1}}'],
    [
      answer("callable", json, { text: "null", output: null }),
      "application/json",
      '{"result":null}',
    ],
  ];
  for (const [response, type, body] of cases) {
    assert.equal(response.headers.get("content-type"), type);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), body);
  }
});

Deno.test("a chunk's frame is its text; a chunk without text has none", () => {
  const chunk = { role: "model", content: [{ text: "a" }, { toolRequest: {} }, { text: "b" }] };
  assert.deepEqual(chunkFrame(chunk), { message: "ab" });
  for (const silent of [{ content: [{ toolRequest: {} }] }, { content: [] }, {}, null]) {
    assert.equal(chunkFrame(silent), undefined);
  }
});

Deno.test("a frame is one data line in ASCII that parses back to what it was", () => {
  const frame = resultFrame(text, { text: "ü – 日本 – 😀 –  – \ud800 – \n\n" });
  const line = new TextDecoder().decode(encodeFrame(frame));
  assert.match(line, /^data: [\x20-\x7e]*\n\n$/);
  assert.deepEqual(JSON.parse(line.slice("data: ".length)), frame);
});

Deno.test("nothing follows the last frame of a stream", async () => {
  const stream = openEventStream({ clock: new ManualClock() });
  const sent = [
    stream.send({ message: "a" }),
    stream.end({ result: "a" }),
    stream.send({ message: "b" }),
  ];
  const text = await new Response(stream.body).text();
  assert.equal(text, 'data: {"message":"a"}\n\ndata: {"result":"a"}\n\n');
  await Promise.all([...sent, stream.send({ message: "c" })]);
});
