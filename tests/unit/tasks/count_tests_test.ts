import assert from "assert";
import { countTests } from "../../../tasks/count_tests.ts";

Deno.test("the summary of deno test is counted", () => {
  const count = (output: string) => Object.values(countTests(output));
  assert.deepEqual(count("a ... ok (1ms)\n\nok | 12 passed | 0 failed (5s)\n"), [12, 0]);
  assert.deepEqual(
    count("\nFAILED | 7 passed (3 steps) | 2 failed (1 step) | 1 ignored (5s)\n"),
    [7, 2],
  );
  assert.deepEqual(count("\x1b[32mok\x1b[0m | 3 passed | 0 failed \x1b[38;5;245m(5ms)\x1b[0m"), [
    3,
    0,
  ]);
});

Deno.test("the last summary holds, as a test may print another", () => {
  assert.deepEqual(countTests("ok | 1 passed | 0 failed\nFAILED | 5 passed | 4 failed\n"), {
    passed: 5,
    failed: 4,
  });
});

Deno.test("a run without a summary has no test", () => {
  assert.deepEqual(countTests("error: Module not found\n"), { passed: 0, failed: 0 });
});
