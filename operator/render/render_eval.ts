import type { Dataset } from "../../shared/api/dataset.ts";
import type { Eval } from "../../shared/api/eval.ts";
import type { Flow } from "../../shared/api/flow.ts";
import { GROUP, VERSION } from "../../shared/api/kind.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { EVAL_LABEL, MANAGED_BY, MANAGER } from "./labels.ts";

/** How many runs that ended are kept, to be read. */
export const HISTORY = 3;

/** An Eval with what it names. */
export interface EvalInput {
  evaluation: Eval;
  flow: Flow;
  dataset: Dataset;
}

/**
 * Gives what a run of an Eval depends on. Its hash is in the Job's name: a new one is a new run,
 * which costs money, and so is never due to another version of the operator.
 */
export function evalRunInputs({ evaluation, flow, dataset }: EvalInput): unknown {
  const { metadata: { name }, spec: { metrics, runnerImage, concurrency, outputSink } } =
    evaluation;
  const { format, source: { configMapRef, uri } } = dataset.spec;
  return {
    name,
    flow: { name: flow.metadata.name, port: flow.spec.port },
    dataset: { name: dataset.metadata.name, format, configMapRef, uri },
    metrics,
    runnerImage,
    concurrency,
    outputSink,
  };
}

/**
 * Renders the Job of an Eval, or its CronJob where it has a schedule. The variables EVAL_* are
 * those of genkit-operator 0.5.0.
 *
 * @param hash The hash of {@linkcode evalRunInputs}, in hexadecimal.
 */
export function renderEval(input: EvalInput, hash: string): KubernetesObject {
  const { metadata: { name, namespace, uid = "" }, spec } = input.evaluation;
  const labels = { [MANAGED_BY]: MANAGER, [EVAL_LABEL]: name };
  const metadata = {
    name,
    namespace,
    labels,
    ownerReferences: [{
      apiVersion: `${GROUP}/${VERSION}`,
      kind: "Eval",
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    }],
  };
  const job = {
    // How many samples are tried at once is the image's to do, inside one run. A second try costs
    // as much again; and a Job that is removed when it has ended would be made, and run, again.
    backoffLimit: 0,
    template: { metadata: { labels }, spec: podSpec(input) },
  };
  if (!spec.schedule) {
    const run = { ...metadata, name: runName(name, hash) };
    return { apiVersion: "batch/v1", kind: "Job", metadata: run, spec: job };
  }
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: {
      schedule: spec.schedule,
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: HISTORY,
      failedJobsHistoryLimit: HISTORY,
      jobTemplate: { metadata: { labels }, spec: job },
    },
  };
}

/**
 * A Job's name is a label of its pods, of at most 63 characters; the hash is over the full name.
 */
function runName(name: string, hash: string): string {
  return `${name.slice(0, 50).replace(/[-.]+$/, "")}-run-${hash.slice(0, 8)}`;
}

function podSpec({ evaluation: { spec }, flow, dataset }: EvalInput) {
  const { outputSink: { configMap, s3 }, metrics, concurrency, runnerImage } = spec;
  const { source, format } = dataset.spec;
  const { name, namespace } = flow.metadata;
  const variables: Record<string, string | undefined> = {
    EVAL_FLOW_URL: `http://${name}.${namespace}.svc:${flow.spec.port}`,
    EVAL_DATASET_NAME: dataset.metadata.name,
    EVAL_DATASET_FORMAT: format,
    EVAL_METRICS: metrics.join(","),
    EVAL_CONCURRENCY: String(concurrency),
    EVAL_DATASET_URI: source.uri || undefined,
    EVAL_DATASET_CONFIGMAP: source.configMapRef?.name || undefined,
    EVAL_SINK_KIND: configMap ? "configmap" : "s3",
    EVAL_SINK_NAME: configMap?.name,
    EVAL_SINK_KEY: configMap?.key,
    EVAL_SINK_BUCKET: s3?.bucket,
    EVAL_SINK_PREFIX: s3 && (s3.prefix ?? ""),
    HOME: "/tmp",
  };
  const env = Object.entries(variables)
    .flatMap(([name, value]) => value === undefined ? [] : [{ name, value }]);
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [{
      name: "runner",
      image: runnerImage,
      env,
      ...s3?.credentialsRef.name && {
        envFrom: [{ secretRef: { name: s3.credentialsRef.name, optional: true } }],
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    }],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "256Mi" } }],
  };
}
