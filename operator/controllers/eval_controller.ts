import type { Dataset } from "../../shared/api/dataset.ts";
import type { Eval } from "../../shared/api/eval.ts";
import type { Flow } from "../../shared/api/flow.ts";
import { showProblems } from "../../shared/api/problem.ts";
import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { foundObject } from "../engine/parsed_object.ts";
import { resourceOf } from "../engine/resource_of.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { EVAL_LABEL } from "../render/labels.ts";
import { evalRunInputs, renderEval } from "../render/render_eval.ts";
import { evalFailures } from "./eval_failures.ts";
import { evalRuns, isSameRun } from "./eval_runs.ts";
import { shortHash } from "./server_inputs.ts";
import { statusValue } from "./status_value.ts";

/**
 * The controller of Evals: checks what they name, and makes the Job or CronJob that runs the
 * evaluation. What the image does there is its own business: running evaluations is a later step.
 */
export const evalController: Controller<Eval> = {
  kind: "Eval",
  owns: [resources.Job, resources.CronJob],
  async reconcile(evaluation, read) {
    const { name, namespace = "" } = evaluation.metadata;
    const jobs = read.labelled(resources.Job, namespace, EVAL_LABEL, name);
    const runs = evalRuns(jobs);
    const status = {
      activeJob: runs.active ?? null,
      ...runs.lastEnd !== undefined && { lastRunTime: runs.lastEnd },
      ...await lastResult(evaluation, read),
    };
    const flow = find<Flow>(evaluation, "Flow", evaluation.spec.flowRef.name, read);
    const dataset = find<Dataset>(evaluation, "Dataset", evaluation.spec.datasetRef.name, read);
    const failures = [
      ...[flow, dataset].filter((found) => "failure" in found),
      ...await evalFailures(evaluation, read),
    ];
    if ("failure" in flow || "failure" in dataset || failures.length > 0) {
      const ready = { reason: "NotSupported", message: "" } as const;
      return { children: null, status, failures, ready };
    }
    const input = { evaluation, flow, dataset };
    const hash = await shortHash(canonicalJson(evalRunInputs(input)));
    const workload = renderEval(input, hash);
    return {
      children: wasRun(evaluation, jobs, workload) ? [] : [workload],
      retain: runs.kept.map((name) => ({ kind: "Job", name })),
      status,
      failures,
      ready: { reason: "NotSupported", message: readyMessage(workload, runs.lastFailure) },
    };
  },
};

/** genkit-operator 0.5.0 called every run alike: the one that it made is not made again. */
function wasRun(
  { metadata: { name } }: Eval,
  jobs: readonly KubernetesObject[],
  workload: KubernetesObject,
): boolean {
  return jobs.some((job) => job.metadata.name === `${name}-run` && isSameRun(job, workload));
}

function readyMessage({ kind }: KubernetesObject, failure: string | undefined): string {
  const made = `The ${kind} is made, and its image runs the evaluation: genkitd's own does not yet`;
  return failure === undefined ? made : `${made}; the last run, ${failure}`;
}

/** An object that the Eval names, or why there is none. */
function find<T>(
  { metadata: { name, namespace = "" } }: Eval,
  kind: "Flow" | "Dataset",
  wanted: string,
  read: TrackingReader,
): T | Failure {
  const at = `Eval "${name}": spec.${kind === "Flow" ? "flowRef" : "datasetRef"}.name:`;
  if (wanted === "") {
    const message = `${at} names no ${kind}: its name is empty`;
    return { failure: "invalid", reason: "InvalidSpec", message };
  }
  const found = foundObject(read.object(resourceOf(kind), { namespace, name: wanted }));
  if (found.outcome === "found") return found.object as T;
  const [reason, what] = found.outcome === "missing"
    ? ["MissingDependency", `is not found in namespace "${namespace}"`] as const
    : ["InvalidDependency", `is not valid: ${showProblems(found.problems)}`] as const;
  return { failure: "blocked", reason, message: `${at} ${kind} "${wanted}" ${what}` };
}

/** The longest result that is copied into status; longer ones are in the ConfigMap alone. */
const MAX_RESULT = 64 * 1024;

/**
 * The result that the last run wrote to the ConfigMap; what is there stays where none can be read.
 */
async function lastResult(
  { metadata: { namespace = "" }, spec: { outputSink: { configMap } } }: Eval,
  read: TrackingReader,
): Promise<Desired["status"]> {
  if (configMap === undefined || configMap.name === "") return {};
  const text = (await read.configMap(namespace, configMap.name))?.data[configMap.key] ?? "";
  if (text.length > MAX_RESULT) return {};
  try {
    return { lastRunResult: statusValue(JSON.parse(text)) };
  } catch {
    return {};
  }
}
