import assert from "assert";
import type { Step } from "../../../runner/host/step.ts";
import { CallTokens } from "../../../runner/http/call_tokens.ts";

function turn(inputTokens: number): Step {
  const usage = { inputTokens, outputTokens: 1 };
  return { kind: "model", provider: "p", model: "m", start: 0, ms: 0, usage };
}

function tokensOf(run: (tokens: CallTokens) => void): number {
  let sum = 0;
  run(new CallTokens((count) => sum += count));
  return sum;
}

Deno.test("a call that is answered costs what its answer says", () => {
  const sum = tokensOf((tokens) => {
    tokens.step(turn(4));
    tokens.end({ inputTokens: 4, outputTokens: 1 });
    tokens.end();
    tokens.step(turn(4));
  });
  assert.equal(sum, 5);
});

Deno.test("a call that fails costs the turns that it took, those that are told later too", () => {
  const sum = tokensOf((tokens) => {
    tokens.step(turn(4));
    tokens.step({ kind: "tool", tool: "look", start: 0, ms: 0 });
    tokens.end();
    tokens.step(turn(9));
  });
  assert.equal(sum, 15);
});

Deno.test("tokens that no provider has counted are counted as guessed, of failed tries too", () => {
  const guessed = { ...turn(4), estimated: { inputTokens: 2, outputTokens: 3 } };
  const failed = tokensOf((tokens) => {
    tokens.step(guessed);
    tokens.end();
    tokens.step(guessed);
  });
  assert.equal(failed, 20);
  const answered = tokensOf((tokens) => {
    tokens.step(guessed);
    tokens.end({ inputTokens: 4, outputTokens: 1 });
  });
  assert.equal(answered, 10);
});
