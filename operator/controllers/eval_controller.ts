import type { Dataset } from "../../shared/api/dataset.ts";
import type { Eval } from "../../shared/api/eval.ts";
import type { Flow } from "../../shared/api/flow.ts";
import type { Controller, Desired, Failure, TrackingReader } from "../engine/controller.ts";
import { resourceOf } from "../engine/resource_of.ts";
import { validObject } from "../engine/parsed_object.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { EVAL_LABEL } from "../render/labels.ts";
import { renderEval } from "../render/render_eval.ts";
import { shortHash } from "./server_inputs.ts";

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
    const observed = observe(jobs);
    const flow = find<Flow>(evaluation, "Flow", evaluation.spec.flowRef.name, read);
    const dataset = find<Dataset>(evaluation, "Dataset", evaluation.spec.datasetRef.name, read);
    const failures = [flow, dataset].flatMap((found) => "failure" in found ? [found] : []);
    failures.push(...sinkFailures(evaluation));
    const ready = {
      reason: "NotSupported",
      message: `${evaluation.spec.schedule ? "The CronJob" : "The Job"} is made; this version ` +
        "neither runs evaluations itself nor reads their results",
    } as const;
    if ("failure" in flow || "failure" in dataset || failures.length > 0) {
      return { children: null, status: observed, failures, ready };
    }
    const workload = renderEval({ evaluation, flow, dataset });
    const hash = await shortHash(JSON.stringify(workload.spec));
    const child = evaluation.spec.schedule ? workload : {
      ...workload,
      metadata: { ...workload.metadata, name: `${name}-run-${hash.slice(0, 8)}` },
    };
    return {
      children: [child],
      // Runs that have been stay, to be read; also those of a CronJob's, which it counts itself.
      retain: jobs.map(({ metadata: { name } }) => ({ kind: "Job", name })),
      status: observed,
      failures,
      ready,
    };
  },
};

/** An object that the Eval names, or why there is none. */
function find<T>(
  { metadata: { name, namespace = "" } }: Eval,
  kind: "Flow" | "Dataset",
  wanted: string,
  read: TrackingReader,
): T | Failure {
  const found = read.object(resourceOf(kind), { namespace, name: wanted });
  const valid = found && validObject(found);
  if (valid !== undefined) return valid as T;
  const field = kind === "Flow" ? "flowRef" : "datasetRef";
  const what = found === undefined ? "is not found" : "cannot be used as it is";
  return {
    failure: "blocked",
    reason: found === undefined ? "MissingDependency" : "InvalidDependency",
    message: `Eval "${name}": spec.${field}.name: ${kind} "${wanted}" ${what} in namespace ` +
      `"${namespace}"`,
  };
}

function sinkFailures({ metadata: { name }, spec: { outputSink } }: Eval): Failure[] {
  const given = [outputSink.configMap, outputSink.s3].filter((sink) => sink !== undefined).length;
  if (given === 1) return [];
  return [{
    failure: "invalid",
    reason: "InvalidSpec",
    message: `Eval "${name}": spec.outputSink: ${given} of configMap and s3 are set, should be ` +
      "exactly one",
  }];
}

/** The part of a Job that is read. */
interface JobStatus {
  active?: number;
  completionTime?: string;
}

/** Which run is under way, and when the last one ended. */
function observe(jobs: readonly KubernetesObject[]): Desired["status"] {
  const active = jobs.find(({ status }) => ((status ?? {}) as JobStatus).active);
  const ends = jobs.flatMap(({ status }) => ((status ?? {}) as JobStatus).completionTime ?? []);
  return {
    activeJob: active?.metadata.name ?? null,
    ...ends.length > 0 && { lastRunTime: ends.sort().at(-1) },
  };
}
