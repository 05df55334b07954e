import assert from "assert";
import { testBatches } from "../../../tasks/test_batches.ts";

Deno.test("what takes long is in small batches, which come first; nothing is left out", () => {
  const cluster = Array.from({ length: 7 }, (_, at) => `tests/cluster/${at}_test.ts`);
  const rest = ["tests/unit/b/c_test.ts", "tests/unit/a_test.ts", "tests/e2e/a_test.ts"];
  assert.deepEqual(testBatches([...rest, ...cluster.toReversed()]), [
    cluster.slice(0, 6),
    cluster.slice(6),
    ["tests/e2e/a_test.ts"],
    ["tests/unit/a_test.ts", "tests/unit/b/c_test.ts"],
  ]);
});

Deno.test("where there are no tests there are no batches", () => {
  assert.deepEqual(testBatches([]), []);
});
