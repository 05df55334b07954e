import assert from "assert";
import type { Desired } from "../../../../operator/engine/controller.ts";
import { outcome } from "../../../../operator/engine/outcome.ts";

const ready = { reason: "Available", message: "2 of 2 pods are available" } as const;
const progress = { reason: "Progressing", message: "1 of 2 pods" } as const;
const invalid = { failure: "invalid", reason: "InvalidSpec", message: "no image" } as const;
const blocked = { failure: "blocked", reason: "MissingDependency", message: "no Prompt" } as const;
const conflict = { failure: "conflict", reason: "Reconciling", message: "changed" } as const;
const transient = { failure: "transient", reason: "ApplyFailed", message: "503" } as const;

const cases: [string, Partial<Desired>, string[], string][] = [
  ["all is well", {}, ["Ready=True Available"], "done"],
  [
    "the pods are being replaced",
    { progress },
    ["Ready=False Progressing", "Reconciling=True Progressing"],
    "done",
  ],
  [
    "an edit is needed: nobody waits for more",
    { failures: [invalid] },
    ["Ready=False InvalidSpec", "Stalled=True InvalidSpec"],
    "done",
  ],
  [
    "an object is missing: its appearance helps",
    { failures: [blocked] },
    ["Ready=False MissingDependency"],
    "done",
  ],
  [
    "a write met a newer version",
    { failures: [conflict] },
    ["Ready=False Reconciling", "Reconciling=True Reconciling"],
    "again",
  ],
  [
    "a write failed in passing",
    { failures: [transient] },
    ["Ready=False ApplyFailed", "Reconciling=True ApplyFailed"],
    "retry",
  ],
  [
    "an older version serves on",
    { failures: [blocked], degraded: true },
    ["Ready=False MissingDependency", "Degraded=True MissingDependency"],
    "done",
  ],
  [
    "several fail: what needs an edit speaks first, and nothing stalls while something is retried",
    { failures: [transient, blocked, invalid] },
    ["Ready=False InvalidSpec", "Reconciling=True InvalidSpec"],
    "retry",
  ],
  [
    "a failure speaks before progress",
    { failures: [blocked], progress },
    ["Ready=False MissingDependency"],
    "done",
  ],
];

for (const [name, desired, expected, next] of cases) {
  Deno.test(`outcome: ${name}`, () => {
    const result = outcome({ failures: [], ready, ...desired });
    assert.deepEqual(
      result.verdicts.map(({ type, status, reason }) => `${type}=${status} ${reason}`),
      expected,
    );
    assert.equal(result.next, next);
  });
}

Deno.test("outcome: the message has each failure once, and an end", () => {
  const failures = [blocked, { ...blocked, message: "x".repeat(5000) }, blocked];
  const { message } = outcome({ failures, ready }).verdicts[0]!;
  assert.match(message, /^no Prompt; x+…$/);
  assert.equal(message.length, 4096);
});
