import assert from "assert";
import { backoffBefore, retryPolicy } from "../../../runner/sandbox/retry_policy.ts";

Deno.test("a model without retry is asked once", () => {
  assert.equal(retryPolicy(undefined).attempts, 1);
  assert.equal(retryPolicy(null).attempts, 1);
});

Deno.test("a retry of which nothing is set has the defaults of the Model's", () => {
  assert.deepEqual(retryPolicy({}), {
    attempts: 3,
    statusCodes: [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529],
    backoff: 500,
    budget: undefined,
  });
  assert.equal(retryPolicy({ budgetSeconds: 2 }).budget, 2000);
});

Deno.test("the wait before a try", async (t) => {
  const wait = (tries: number, random: number, retryAfter?: number) =>
    backoffBefore({ backoff: 500 }, { tries, retryAfter }, () => random);
  await t.step("is drawn below a bound that doubles, up to ten seconds", () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6, 9].map((tries) => wait(tries, 1)), [
      500,
      1000,
      2000,
      4000,
      8000,
      10_000,
      10_000,
    ]);
    assert.equal(wait(2, 0.25), 250);
    assert.equal(wait(9, 0), 0);
  });
  await t.step("is at least what the provider asked for", () => {
    assert.equal(wait(1, 0, 7), 7000);
    assert.equal(wait(3, 1, 7), 7500);
    assert.equal(wait(1, 1, 0), 500);
  });
  await t.step("is not waited where the provider asked for more than half a minute", () => {
    assert.equal(wait(1, 0, 30), 30_000);
    assert.equal(wait(1, 0, 31), undefined);
  });
});
