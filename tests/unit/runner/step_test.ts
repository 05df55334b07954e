import assert from "assert";
import { readStep } from "../../../runner/host/step.ts";

const NOW = 1_800_000_000_000;
const turn = {
  kind: "model",
  provider: "echo",
  model: "echo",
  start: NOW - 100,
  ms: 90,
  firstChunkMs: 10,
  usage: { inputTokens: 1, outputTokens: 2, cachedContentTokens: 0 },
  estimated: { outputTokens: 3 },
  server: { address: "api.example", port: 443 },
  request: { temperature: 0, stopSequences: ["END"] },
  responseId: "id-1",
  responseModel: "echo-1",
  finishReason: "stop",
};

Deno.test("what a sandbox says of a step is taken as it is, where it is one", () => {
  const failed = { ...turn, error: "UNAVAILABLE", input: "[]", output: "[]" };
  const tool = { kind: "tool", tool: "look", start: NOW - 5, ms: 5 };
  for (const step of [turn, failed, tool]) assert.deepEqual(readStep(step, NOW), step);
});

Deno.test("what is no step is passed over", () => {
  const { kind: _, ...without } = turn;
  for (const value of [null, 1, "x", [], {}, without, { ...turn, kind: "other" }]) {
    assert.equal(readStep(value, NOW), undefined);
  }
  for (const ms of [-1, NaN, Infinity * 0, "1", null]) {
    assert.equal(readStep({ ...turn, ms }, NOW), undefined, String(ms));
  }
});

Deno.test("what is beyond all measure is cut", () => {
  const step = readStep({
    ...turn,
    model: "m".repeat(1_000),
    provider: { toString: 1 },
    ms: Infinity,
    start: NOW * 2,
    firstChunkMs: -1,
    usage: { inputTokens: 1e300, outputTokens: -5, cachedContentTokens: "7", more: 1 },
    error: "a text of its own",
    input: 7,
    output: "x".repeat(1e6),
    estimated: { inputTokens: "9", outputTokens: 1e300 },
    server: { address: "api.example", port: 1e6 },
    request: { temperature: "hot" },
    responseId: "i".repeat(1_000),
    responseModel: 7,
    more: "whatever",
  }, NOW);
  assert.deepEqual(step, {
    kind: "model",
    provider: "",
    model: "m".repeat(128),
    start: NOW,
    ms: 86_400_000,
    usage: { inputTokens: 1e9 },
    estimated: { outputTokens: 1e9 },
    request: {},
    responseId: "i".repeat(128),
    responseModel: "",
    finishReason: "stop",
    error: "UNKNOWN",
  });
  assert.equal(readStep({ ...turn, start: 0 }, NOW)?.start, NOW - 86_400_000);
});

Deno.test("what a step says of tries and circuits is taken as far as it makes sense", () => {
  const said = { kind: "model", start: 1, ms: 1, attempt: 2, fallback: true, circuit: "open" };
  const step = readStep(said, 2);
  assert.ok(step?.kind === "model");
  assert.deepEqual([step.attempt, step.fallback, step.circuit], [2, true, "open"]);
  const odd = readStep({ ...said, attempt: "9", fallback: "no", circuit: "ajar" }, 2);
  assert.ok(odd?.kind === "model");
  assert.deepEqual([odd.attempt, odd.fallback, odd.circuit], [undefined, undefined, undefined]);
});
