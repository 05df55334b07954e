import assert from "assert";
import { describeMiss } from "../../../../runner/recording/describe_miss.ts";
import type { Asked } from "../../../../runner/recording/exchange.ts";
import { toolCall, turn } from "./asked.ts";

const config = { temperature: 0 };
const tools = [{ name: "look" }];

const CASES: [what: string, asked: Asked, known: Asked[], difference: string][] = [
  ["a message", turn("a"), [turn("b")], "message 1 (user)"],
  ["a later message", turn(["a", "b"]), [turn(["a", "c"])], "message 2 (model)"],
  [
    "a longer conversation",
    turn(["a", "b", "c"]),
    [turn("a")],
    "its number of messages, 1 instead of 3",
  ],
  [
    "a setting",
    turn("a", { config }),
    [turn("a", { config: { temperature: 1 } })],
    "config.temperature",
  ],
  [
    "a setting that is new",
    turn("a", { config }),
    [turn("a", { config: {} })],
    "config.temperature",
  ],
  ["settings", turn("a", { config }), [turn("a")], "config"],
  ["tools", turn("a", { tools }), [turn("a", { tools: [] })], "tools"],
  ["the model", turn("a", { model: "n" }), [turn("a")], 'its model, "p/m"'],
  ["a tool's input", toolCall({ a: 1, b: 2 }), [toolCall({ a: 1, b: 3 })], "input.b"],
  ["a tool's whole input", toolCall("x"), [toolCall("y")], "input"],
  ["the tool", toolCall(1), [toolCall(1, "see")], 'its tool, "see"'],
  ["the flow of a tool", toolCall(1), [toolCall(1)], "its flow"],
  [
    "several things",
    turn("a", { config, tools, output: {}, docs: [1] }),
    [turn("b")],
    "message 1 (user) and config and docs and 2 more",
  ],
  ["the nearest of several", turn(["a", "b", "c"]), [
    turn(["x", "b", "c"]),
    turn(["a", "b", "x"]),
    turn(["a", "x", "c"]),
    toolCall(1),
  ], "message 3 (user)"],
];

for (const [what, asked, known, difference] of CASES) {
  Deno.test(`the nearest recorded request is told from this one: ${what}`, () => {
    const message = describeMiss("f", asked, known);
    assert.match(
      message,
      /^Flow "f": what it asks the (model|tool) "[^"]+" is not in the recording/,
    );
    assert.equal(/differs in (.*); genkitd serve --record adds it$/.exec(message)?.[1], difference);
  });
}

Deno.test("no text of a request is in the message", () => {
  const secret = { text: "secret-a" };
  const message = describeMiss("f", turn("secret-b", { config: secret, docs: ["secret-c"] }), [
    turn("secret-d", { config: { text: "secret-e" } }),
  ]);
  assert.doesNotMatch(message, /secret/);
  assert.doesNotMatch(
    describeMiss("f", toolCall({ a: "secret-a" }), [toolCall("secret-b")]),
    /secret/,
  );
});
