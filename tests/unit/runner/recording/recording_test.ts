import assert from "assert";
import { type Answer, type Exchange, exchangeKey } from "../../../../runner/recording/exchange.ts";
import { Recording } from "../../../../runner/recording/recording.ts";
import { exchange, toolCall, turn } from "./asked.ts";

const said = (text: string): Answer => ({ response: { text } });

function recorder(exchanges: readonly Exchange[] = []) {
  const added: Exchange[] = [];
  const recording = new Recording({ exchanges, append: (exchange) => added.push(exchange) });
  return { added, flow: recording.of("f"), recording };
}

Deno.test("the same request gets its answers in order, and the last one from then on", () => {
  const hi = turn("Hi");
  const exchanges = [exchange(hi, "1"), exchange(turn("Bye"), "x"), exchange(hi, "2")];
  const recording = new Recording({ exchanges });
  const answers = Array.from({ length: 4 }, () => recording.of("any").recall(hi));
  assert.deepEqual(answers, ["1", "2", "2", "2"].map(said));
});

Deno.test("a replay fails where there is nothing, with a status of its own", () => {
  const { flow } = { flow: new Recording({ exchanges: [] }).of("greeter") };
  assert.throws(() => flow.recall(turn("Hi")), {
    status: "FAILED_PRECONDITION",
    http: 424,
    message: 'Flow "greeter": what it asks the model "p/m" is not in the recording: it has no ' +
      "turn of a model at all; genkitd serve --record adds it",
  });
});

Deno.test("the order of fields and the flow make no other request of a model, but of a tool", () => {
  const one = turn("Hi", { config: { a: 1, b: 2 } });
  const other = turn("Hi", { config: { b: 2, a: 1 } });
  assert.equal(exchangeKey("f", one), exchangeKey("g", other));
  assert.notEqual(exchangeKey("f", toolCall(1)), exchangeKey("g", toolCall(1)));
  const all = [
    one,
    turn("Hi"),
    turn("Ho", { config: { a: 1, b: 2 } }),
    turn("Hi", { config: { a: 1, b: 2 }, tools: [] }),
    turn("Hi", { config: { a: 1, b: 2 }, model: "n" }),
    { ...one, provider: "q" },
  ];
  assert.equal(new Set(all.map((asked) => exchangeKey("f", asked))).size, all.length);
});

Deno.test("what is asked again is called again, and recorded where the answer is another", () => {
  const { flow, added } = recorder();
  const hi = turn("Hi");
  for (const text of ["1", "1", "2", "1"]) {
    assert.equal(flow.recall(hi), undefined);
    flow.note(hi, said(text));
  }
  assert.deepEqual(added.map(({ answer }) => answer), ["1", "2", "1"].map(said));
  assert.deepEqual(added[0], exchange(hi, "1"));
});

Deno.test("an answer that was only cut into other pieces is not recorded again", () => {
  const { flow, added } = recorder();
  flow.note(turn("Hi"), said("1"));
  flow.note(turn("Hi"), { ...said("1"), chunks: [{ content: [] }] });
  assert.equal(added.length, 1);
});

Deno.test("what the file has is answered from it, and stays as it is", () => {
  const hi = turn("Hi");
  const { flow, added } = recorder([exchange(hi, "1")]);
  assert.deepEqual(flow.recall(hi), said("1"));
  flow.note(hi, said("2"));
  assert.deepEqual(added, []);
  assert.equal(flow.recall(turn("Bye")), undefined);
});

Deno.test("what a sandbox makes up is neither recorded nor answered", () => {
  const { flow, added } = recorder();
  const asked = [null, {}, { kind: "model" }, { ...turn("Hi"), more: 1 }, "x"];
  for (const one of asked) assert.throws(() => flow.recall(one), { status: "INTERNAL" });
  flow.note(turn("Hi"), { answer: "x" });
  flow.note(turn("Hi"), null);
  assert.deepEqual(added, []);
});
