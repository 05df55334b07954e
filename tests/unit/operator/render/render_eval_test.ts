import assert from "assert";
import {
  type EvalInput,
  evalRunInputs,
  renderEval,
} from "../../../../operator/render/render_eval.ts";
import { asReconciled, object } from "../fake_reader.ts";

const HASH = "0123456789ab";

const EVAL = {
  flowRef: { name: "greeter" },
  datasetRef: { name: "samples" },
  metrics: ["faithfulness", "correctness"],
  runnerImage: "runner:1",
  outputSink: { configMap: { name: "results", key: "result.json" } },
};

function input(spec: Record<string, unknown> = {}, source: unknown = { inline: [] }): EvalInput {
  return {
    evaluation: asReconciled(object("Eval", "nightly", { spec: { ...EVAL, ...spec } })),
    flow: asReconciled(object("Flow", "greeter", { spec: { image: "runner:1", port: 9090 } })),
    dataset: asReconciled(object("Dataset", "samples", { spec: { format: "jsonl", source } })),
  };
}

/** What the API has of a Job and its one container. */
interface JobSpec {
  backoffLimit: number;
  template: {
    metadata: { labels: Record<string, string> };
    spec: Record<string, unknown> & {
      containers: (Record<string, unknown> & { env: { name: string; value: string }[] })[];
    };
  };
}

const jobOf = (of: EvalInput) => renderEval(of, HASH).spec as JobSpec;

function environment(of: EvalInput): Record<string, string> {
  const { env } = jobOf(of).template.spec.containers[0]!;
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

Deno.test("render eval: a Job that belongs to its Eval, named after what it runs", () => {
  const { apiVersion, kind, metadata } = renderEval(input(), HASH);
  const labels = {
    "app.kubernetes.io/managed-by": "genkit-operator",
    "genkit.dev/eval": "nightly",
  };
  assert.equal(`${apiVersion} ${kind}`, "batch/v1 Job");
  assert.equal(metadata.name, "nightly-run-01234567");
  assert.equal(metadata.namespace, "demo");
  assert.deepEqual(metadata.labels, labels);
  assert.deepEqual(jobOf(input()).template.metadata.labels, labels);
  assert.deepEqual(metadata.ownerReferences, [{
    apiVersion: "genkit.dev/v1alpha1",
    kind: "Eval",
    name: "nightly",
    uid: "Eval-nightly",
    controller: true,
    blockOwnerDeletion: true,
  }]);
});

Deno.test("render eval: a Job's name is a label of its pods, and so at most 63 characters", () => {
  const long = input();
  long.evaluation.metadata.name = `${"a".repeat(49)}-${"b".repeat(13)}`;
  assert.equal(renderEval(long, HASH).metadata.name, `${"a".repeat(49)}-run-01234567`);
});

Deno.test("render eval: with a schedule a CronJob of the Eval's name, one run at a time", () => {
  const { apiVersion, kind, metadata, spec } = renderEval(input({ schedule: "0 2 * * *" }), HASH);
  const { jobTemplate, ...rest } = spec as Record<string, unknown>;
  assert.equal(`${apiVersion} ${kind} ${metadata.name}`, "batch/v1 CronJob nightly");
  assert.deepEqual(rest, {
    schedule: "0 2 * * *",
    concurrencyPolicy: "Forbid",
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
  });
  assert.deepEqual(jobTemplate, {
    metadata: { labels: metadata.labels },
    spec: renderEval(input(), HASH).spec,
  });
});

Deno.test("render eval: the image is told what genkit-operator 0.5.0 told it, and the concurrency", () => {
  assert.deepEqual(environment(input({ concurrency: 4 })), {
    EVAL_FLOW_URL: "http://greeter.demo.svc:9090",
    EVAL_DATASET_NAME: "samples",
    EVAL_DATASET_FORMAT: "jsonl",
    EVAL_METRICS: "faithfulness,correctness",
    EVAL_CONCURRENCY: "4",
    EVAL_SINK_KIND: "configmap",
    EVAL_SINK_NAME: "results",
    EVAL_SINK_KEY: "result.json",
    HOME: "/tmp",
  });
});

Deno.test("render eval: where the samples are", () => {
  assert.equal(environment(input({}, { uri: "s3://b/k" })).EVAL_DATASET_URI, "s3://b/k");
  const { EVAL_DATASET_CONFIGMAP } = environment(input({}, { configMapRef: { name: "lines" } }));
  assert.equal(EVAL_DATASET_CONFIGMAP, "lines");
});

Deno.test("render eval: a bucket, with its Secret's keys as variables", () => {
  const s3 = { bucket: "results", credentialsRef: { name: "aws" } };
  const bucket = input({ outputSink: { s3 } });
  const { EVAL_SINK_KIND, EVAL_SINK_BUCKET, EVAL_SINK_PREFIX } = environment(bucket);
  assert.deepEqual([EVAL_SINK_KIND, EVAL_SINK_BUCKET, EVAL_SINK_PREFIX], ["s3", "results", ""]);
  assert.deepEqual(jobOf(bucket).template.spec.containers[0]!.envFrom, [
    { secretRef: { name: "aws", optional: true } },
  ]);
});

Deno.test("render eval: as restricted as pods can be, tried once, and no token", () => {
  const { backoffLimit, template: { spec: { containers: [container], ...pod } } } = jobOf(input());
  assert.equal(backoffLimit, 0);
  assert.equal(pod.restartPolicy, "Never");
  assert.equal(pod.automountServiceAccountToken, false);
  assert.deepEqual(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: "RuntimeDefault" },
  });
  assert.deepEqual(container!.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.deepEqual(container!.volumeMounts, [{ name: "tmp", mountPath: "/tmp" }]);
});

const changes: [string, boolean, EvalInput][] = [
  ["the same", false, input()],
  ["other metrics", true, input({ metrics: ["correctness"] })],
  ["another image", true, input({ runnerImage: "runner:2" })],
  ["another sink", true, input({ outputSink: { configMap: { name: "r", key: "k" } } })],
  ["another concurrency", true, input({ concurrency: 2 })],
  ["another place of the samples", true, input({}, { uri: "s3://b" })],
];

for (const [name, changed, other] of changes) {
  Deno.test(`render eval: ${name} is ${changed ? "a new" : "no new"} run`, () => {
    const text = JSON.stringify(evalRunInputs(other));
    assert.equal(text !== JSON.stringify(evalRunInputs(input())), changed);
  });
}
