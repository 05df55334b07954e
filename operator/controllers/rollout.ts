import type { KubernetesObject } from "../kubernetes/object.ts";

/** How far a Deployment is from what its spec says. */
export interface Rollout {
  /** Whether all pods are of the newest template, ready and available, and no others are left. */
  complete: boolean;
  /** Whether it took longer than its deadline: nothing but a change helps. */
  stuck: boolean;
  /** How many pods there are. */
  replicas: number;
  /** How many pods serve, of whatever template. */
  available: number;
  /** For people: numbers, and why pods do not start. */
  message: string;
}

/** The part of a Deployment that is read. */
interface DeploymentParts {
  metadata: { generation?: number };
  spec: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** The part of a pod that is read. */
interface PodParts {
  metadata: { name: string; deletionTimestamp?: string };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: {
      name: string;
      ready: boolean;
      restartCount?: number;
      state?: { waiting?: ContainerState; running?: unknown; terminated?: ContainerState };
      lastState?: { terminated?: ContainerState };
    }[];
  };
}

interface ContainerState {
  reason?: string;
  message?: string;
  exitCode?: number;
}

/**
 * Reads a rollout's progress as kstatus does (sigs.k8s.io/cli-utils, pkg/kstatus, Deployment): the
 * newest generation is observed; updated, ready and available pods are as many as wanted, and no old
 * one is left. `probed` says what a pod that runs and is not ready was asked, e.g. `GET /readyz`.
 */
export function rolloutOf(
  deployment: KubernetesObject,
  pods: readonly KubernetesObject[],
  probed: string,
): Rollout {
  const { metadata, spec, status = {} } = deployment as unknown as DeploymentParts;
  const wanted = spec.replicas ?? 1;
  const {
    replicas = 0,
    updatedReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    observedGeneration = 0,
  } = status;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  const observed = observedGeneration >= (metadata.generation ?? 0);
  const complete = observed && updatedReplicas === wanted && replicas === wanted &&
    readyReplicas === wanted && availableReplicas === wanted;
  const stuck = !complete && observed &&
    condition("Progressing")?.reason === "ProgressDeadlineExceeded";
  const numbers = `${updatedReplicas} of ${wanted} pods are of the newest version, ` +
    `${availableReplicas} available`;
  const refused = condition("ReplicaFailure");
  const reasons = [
    ...refused?.status === "True" ? [refused.message ?? "pods cannot be created"] : [],
    ...complete ? [] : podProblems(pods as unknown as PodParts[], probed),
  ];
  const message = complete
    ? `${availableReplicas} of ${wanted} pods are available`
    : [numbers, ...reasons].join("; ");
  return { complete, stuck, replicas, available: availableReplicas, message };
}

/** Why pods do not start, each reason once with the first pod that has it. */
function podProblems(pods: readonly PodParts[], probed: string): string[] {
  const problems = new Map<string, string>();
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const problem = podProblem(pod, probed);
    if (problem !== undefined && !problems.has(problem)) problems.set(problem, pod.metadata.name);
  }
  return [...problems].slice(0, 3).map(([problem, pod]) => `pod "${pod}": ${problem}`);
}

function podProblem({ status = {} }: PodParts, probed: string): string | undefined {
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return scheduled.message ?? scheduled.reason;
  for (const { state, lastState, ready, restartCount = 0 } of status.containerStatuses ?? []) {
    const last = lastState?.terminated ?? state?.terminated;
    const ended = last === undefined ? "" : `; it last ended with code ${last.exitCode ?? "?"}` +
      (last.message ? `: ${last.message.trim().slice(0, 512)}` : "");
    const waiting = state?.waiting;
    if (waiting !== undefined && waiting.reason !== "ContainerCreating") {
      const message = waiting.message ? `: ${waiting.message.trim().slice(0, 512)}` : "";
      return `${waiting.reason}${message}${ended}`;
    }
    if (waiting?.message) return `${waiting.reason}: ${waiting.message}`;
    if (state?.running !== undefined && !ready) {
      const restarts = restartCount > 0 ? `, restarted ${restartCount} times${ended}` : "";
      return `runs and is not ready${restarts}; it is asked ${probed}, ` +
        `spec.probes says what to ask an image that does not answer that`;
    }
  }
  return undefined;
}
