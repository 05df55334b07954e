import assert from "assert";
import { evalController } from "../../../../operator/controllers/eval_controller.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import type { Eval } from "../../../../shared/api/eval.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

const EVAL = {
  flowRef: { name: "greeter" },
  datasetRef: { name: "samples" },
  metrics: ["faithfulness"],
  runnerImage: "runner:1",
  outputSink: { configMap: { name: "results", key: "result.json" } },
};

const flow = object("Flow", "greeter", { spec: { image: "runner:1" } });
const dataset = object("Dataset", "samples", { spec: { format: "json", source: { inline: [] } } });
const labels = {
  "app.kubernetes.io/managed-by": "genkit-operator",
  "genkit.dev/eval": "nightly",
};

async function reconcile(
  spec: Record<string, unknown> = {},
  others: KubernetesObject[] = [],
  read = fakeReader([flow, dataset, ...others]),
) {
  const evaluation = object("Eval", "nightly", { spec: { ...EVAL, ...spec } });
  return await evalController.reconcile(asReconciled<Eval>(evaluation), read);
}

/** A Job of the Eval, which was made from what the controller wants of it. */
function run(name: string, from: KubernetesObject | undefined, status = {}): KubernetesObject {
  return object("Job", name, { spec: from?.spec, status }, { labels });
}

Deno.test("Eval: once, as a Job; its status says what is not done yet", async () => {
  const { children, failures, ready } = await reconcile();
  assert.deepEqual(failures, []);
  assert.equal(children?.length, 1);
  assert.equal(children![0]!.kind, "Job");
  assert.match(children![0]!.metadata.name, /^nightly-run-[0-9a-f]{8}$/);
  assert.deepEqual(ready, {
    reason: "NotSupported",
    message: "The Job is made, and its image runs the evaluation: genkitd's own does not yet",
  });
});

Deno.test("Eval: on a schedule, as a CronJob", async () => {
  const { children } = await reconcile({ schedule: "@daily" });
  assert.deepEqual(children!.map(({ kind, metadata }) => `${kind}/${metadata.name}`), [
    "CronJob/nightly",
  ]);
});

Deno.test("Eval: an edit is another run, the same Eval is the same one", async () => {
  const name = async (spec = {}) => (await reconcile(spec)).children![0]!.metadata.name;
  assert.equal(await name(), await name());
  assert.notEqual(await name({ metrics: ["correctness"] }), await name());
});

Deno.test("Eval: the run that genkit-operator 0.5.0 made is not made again, until an edit", async () => {
  const legacy = run("nightly-run", (await reconcile()).children![0]);
  const { children, retain } = await reconcile({}, [legacy]);
  assert.deepEqual(children, []);
  assert.deepEqual(retain, [{ kind: "Job", name: "nightly-run" }]);
  assert.equal((await reconcile({ metrics: ["other"] }, [legacy])).children!.length, 1);
  assert.equal((await reconcile({ schedule: "@daily" }, [legacy])).children!.length, 1);
});

Deno.test("Eval: tells the run under way and the end of the last one", async () => {
  const { status, ready } = await reconcile({}, [
    run("nightly-run-1", undefined, { active: 1 }),
    run("nightly-run-2", undefined, {
      conditions: [{
        type: "Failed",
        status: "True",
        message: "exit code 2",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      }],
    }),
  ]);
  assert.deepEqual(status, { activeJob: "nightly-run-1", lastRunTime: "2026-01-01T00:00:00Z" });
  assert.match(ready.message, /; the last run, Job "nightly-run-2" failed: exit code 2$/);
});

Deno.test("Eval: with no run under way there is no active Job", async () => {
  assert.deepEqual((await reconcile()).status, { activeJob: null });
});

const results: [string, string, Record<string, unknown>][] = [
  ["JSON is taken", '{"faithfulness": 0.9, "missing": null}', {
    lastRunResult: { faithfulness: 0.9 },
  }],
  ["what is no JSON is not", "soon", {}],
  ["what is too long is not", `"${"x".repeat(65_536)}"`, {}],
];

for (const [name, text, expected] of results) {
  Deno.test(`Eval: the result that a run wrote to the ConfigMap: ${name}`, async () => {
    const configMap = object("ConfigMap", "results", { data: { "result.json": text } });
    const { status } = await reconcile({}, [configMap]);
    assert.deepEqual(status, { activeJob: null, ...expected });
  });
}

const s3 = { bucket: "b", credentialsRef: { name: "aws" } };

const refused: [string, Record<string, unknown>, string, string][] = [
  [
    "a Flow that is missing",
    { flowRef: { name: "none" } },
    "blocked MissingDependency",
    'Eval "nightly": spec.flowRef.name: Flow "none" is not found in namespace "demo"',
  ],
  [
    "a Dataset that is missing",
    { datasetRef: { name: "none" } },
    "blocked MissingDependency",
    'Eval "nightly": spec.datasetRef.name: Dataset "none" is not found in namespace "demo"',
  ],
  ["no Flow", { flowRef: {} }, "invalid InvalidSpec", "spec.flowRef.name: names no Flow"],
  [
    "a Dataset that does not fit its kind",
    { datasetRef: { name: "broken" } },
    "blocked InvalidDependency",
    'Eval "nightly": spec.datasetRef.name: Dataset "broken" is not valid: spec.',
  ],
  [
    "no sink",
    { outputSink: {} },
    "invalid InvalidSpec",
    "spec.outputSink: 0 of configMap and s3 are set, should be exactly one",
  ],
  [
    "two sinks",
    { outputSink: { ...EVAL.outputSink, s3: { bucket: "b", credentialsRef: {} } } },
    "invalid InvalidSpec",
    "spec.outputSink: 2 of configMap and s3 are set",
  ],
  [
    "a sink whose Secret is missing",
    { outputSink: { s3 } },
    "blocked MissingDependency",
    'spec.outputSink.s3.credentialsRef.name: Secret "aws" is not found in namespace "demo"',
  ],
  [
    "a metric that would be two",
    { metrics: ["a", "b,c"] },
    "invalid InvalidSpec",
    'spec.metrics[1]: is "b,c", should be a name without blanks and commas',
  ],
];

for (const [name, spec, outcome, message] of refused) {
  Deno.test(`Eval: refuses ${name}, and leaves its children alone`, async () => {
    const broken = object("Dataset", "broken", { spec: { format: "xml", source: {} } });
    const { children, failures: [first, ...more] } = await reconcile(spec, [broken]);
    assert.equal(children, null);
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, outcome);
    assert.ok(first!.message.includes(message), first!.message);
  });
}

Deno.test("Eval: what it names is read by name, so that its appearance is seen", async () => {
  const read = fakeReader([]);
  await reconcile({}, [], read);
  assert.deepEqual(
    new Set(read.reads),
    new Set([
      "label Job/demo/genkit.dev/eval=nightly",
      "data ConfigMap/demo/results",
      "object Flow/demo/greeter",
      "object Dataset/demo/samples",
    ]),
  );
});
