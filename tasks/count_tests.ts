/** How many tests a run of `deno test` had. */
export interface TestCount {
  passed: number;
  failed: number;
}

/**
 * Reads the summary of `deno test`, such as `ok | 12 passed (3 steps) | 0 failed (5s)`, in colours
 * or not; zeros where there is none. What tests print may look like a summary: the last one holds.
 */
export function countTests(output: string): TestCount {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[\d;]*m/g, "");
  const summaries = plain.matchAll(/^(?:ok|FAILED) \| (\d+) passed\b.*? \| (\d+) failed\b/gm);
  const [, passed = 0, failed = 0] = [...summaries].at(-1) ?? [];
  return { passed: Number(passed), failed: Number(failed) };
}
