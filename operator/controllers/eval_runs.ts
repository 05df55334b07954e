import type { KubernetesObject } from "../kubernetes/object.ts";
import { HISTORY } from "../render/render_eval.ts";

/** What is known of the runs of an Eval. */
export interface EvalRuns {
  /** The name of the Job that is running. */
  active: string | undefined;
  /** When the last run ended, as RFC 3339. */
  lastEnd: string | undefined;
  /** Why the last run failed, for people; absent where it succeeded. */
  lastFailure: string | undefined;
  /** The names of the Jobs to keep: those that go on, and the last few that ended. */
  kept: string[];
}

/** The part of a Job that is read. */
interface JobStatus {
  active?: number;
  completionTime?: string;
  conditions?: { type: string; status: string; message?: string; lastTransitionTime?: string }[];
}

/** Tells from the Jobs of an Eval how its runs go. */
export function evalRuns(jobs: readonly KubernetesObject[]): EvalRuns {
  const runs = jobs.map(({ metadata: { name }, status }) => ({ name, ...endOf(status ?? {}) }));
  const ended = runs.filter(({ end }) => end !== undefined)
    .sort((a, b) => a.end! < b.end! ? 1 : -1);
  const [last] = ended;
  return {
    active: runs.find(({ active }) => active)?.name,
    lastEnd: last?.end,
    lastFailure: last?.failure && `Job "${last.name}" failed: ${last.failure}`,
    kept: [
      ...runs.filter(({ end }) => end === undefined),
      ...ended.slice(0, HISTORY),
    ].map(({ name }) => name),
  };
}

function endOf({ active = 0, completionTime, conditions = [] }: JobStatus) {
  const failed = conditions.find(({ type, status }) => type === "Failed" && status === "True");
  return {
    active: active > 0,
    end: completionTime ?? failed?.lastTransitionTime,
    failure: failed && (failed.message ?? ""),
  };
}

/**
 * Whether a Job that genkit-operator 0.5.0 made for an Eval is the run that is wanted now: the same
 * image, told the same. It had fewer variables than there are today.
 */
export function isSameRun(job: KubernetesObject, wanted: KubernetesObject): boolean {
  const [was, now] = [containerOf(job), containerOf(wanted)];
  return was?.image === now?.image &&
    was?.env?.every(({ name, value = "" }) =>
        now?.env?.some((variable) => variable.name === name && (variable.value ?? "") === value)
      ) === true;
}

/** The part of a Job's spec that is compared. */
interface JobSpec {
  template?: {
    spec?: { containers?: { image?: string; env?: { name: string; value?: string }[] }[] };
  };
}

function containerOf({ spec }: KubernetesObject) {
  return (spec as JobSpec | undefined)?.template?.spec?.containers?.[0];
}
