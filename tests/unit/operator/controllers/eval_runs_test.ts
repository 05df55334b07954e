import assert from "assert";
import { evalRuns, isSameRun } from "../../../../operator/controllers/eval_runs.ts";
import { object } from "../fake_reader.ts";

const job = (name: string, status: Record<string, unknown>) => object("Job", name, { status });
const done = (name: string, completionTime: string) => job(name, { completionTime });
const failed = (name: string, lastTransitionTime: string) =>
  job(name, {
    conditions: [{ type: "Failed", status: "True", message: "exit code 2", lastTransitionTime }],
  });

Deno.test("eval runs: none yet", () => {
  assert.deepEqual(evalRuns([]), {
    active: undefined,
    lastEnd: undefined,
    lastFailure: undefined,
    kept: [],
  });
});

Deno.test("eval runs: the one under way, and when the last one ended", () => {
  const runs = evalRuns([
    done("a", "2026-01-02T00:00:00Z"),
    job("b", { active: 1 }),
    done("c", "2026-01-01T00:00:00Z"),
  ]);
  assert.equal(runs.active, "b");
  assert.equal(runs.lastEnd, "2026-01-02T00:00:00Z");
  assert.equal(runs.lastFailure, undefined);
});

Deno.test("eval runs: a failure ends a run as well, and is told while it is the last", () => {
  const first = failed("a", "2026-01-01T00:00:00Z");
  assert.equal(evalRuns([first]).lastEnd, "2026-01-01T00:00:00Z");
  assert.equal(evalRuns([first]).lastFailure, 'Job "a" failed: exit code 2');
  assert.equal(evalRuns([first, done("b", "2026-01-02T00:00:00Z")]).lastFailure, undefined);
});

Deno.test("eval runs: those that go on are kept, and the last three that ended", () => {
  const ended = ["1", "5", "2", "4", "3"].map((day) => done(day, `2026-01-0${day}T00:00:00Z`));
  assert.deepEqual(evalRuns([...ended, job("new", {})]).kept, ["new", "5", "4", "3"]);
});

const run = (image: string, env: Record<string, string>) => {
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
  const template = { spec: { containers: [{ image, env: variables }] } };
  return object("Job", "nightly-run", { spec: { template } });
};
const wanted = run("runner:1", { EVAL_METRICS: "a", EVAL_SINK_PREFIX: "", EVAL_CONCURRENCY: "1" });

const same: [string, ReturnType<typeof run>, boolean][] = [
  ["told the same, as far as 0.5.0 told it", run("runner:1", { EVAL_METRICS: "a" }), true],
  ["another image", run("runner:2", { EVAL_METRICS: "a" }), false],
  ["another value", run("runner:1", { EVAL_METRICS: "b" }), false],
  ["a variable that is there no more", run("runner:1", { EVAL_DATASET_URI: "s3://b" }), false],
  ["nothing is known of it", object("Job", "nightly-run"), false],
];

for (const [name, job, expected] of same) {
  Deno.test(`eval runs: the same run as 0.5.0's: ${name}`, () => {
    assert.equal(isSameRun(job, wanted), expected);
  });
}

Deno.test("eval runs: the API leaves out an empty value", () => {
  const job = object("Job", "nightly-run", {
    spec: {
      template: {
        spec: { containers: [{ image: "runner:1", env: [{ name: "EVAL_SINK_PREFIX" }] }] },
      },
    },
  });
  assert.equal(isSameRun(job, wanted), true);
});
