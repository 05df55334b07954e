import assert from "assert";
import { mergeConditions } from "../../../../operator/engine/conditions.ts";

const old = "2026-01-01T00:00:00Z";
const now = "2026-02-02T00:00:00Z";
const was = { type: "Ready", status: "False", reason: "Error", message: "m" } as const;

Deno.test("conditions: the time changes with the status, not with reason or message", () => {
  const before = [{ ...was, lastTransitionTime: old }];
  const same = { ...was, reason: "ApplyFailed", message: "other" } as const;
  const other = { ...was, status: "True", reason: "Available" } as const;
  const merge = (verdict: typeof same | typeof other) =>
    mergeConditions(before, [verdict], { generation: 3, now });
  assert.deepEqual(merge(same), [{ ...same, observedGeneration: 3, lastTransitionTime: old }]);
  assert.deepEqual(merge(other), [{ ...other, observedGeneration: 3, lastTransitionTime: now }]);
});

Deno.test("conditions: ours go where they are not true any more, those of others stay", () => {
  const foreign = { ...was, type: "example.com/Checked", lastTransitionTime: old };
  const stalled = { ...was, type: "Stalled", lastTransitionTime: old };
  assert.deepEqual(
    mergeConditions([stalled, foreign], [{ ...was, reason: "Error" }], { generation: 1, now })
      .map(({ type }) => type),
    ["Ready", "example.com/Checked"],
  );
});
