import type { ContainerStatus, Pod, PodCondition } from "./pod.ts";

/** Options of {@linkcode podStatus}. */
export interface PodStatusOptions {
  pod: Pod;
  containers: ContainerStatus[];
  /** Absent until the pod has a network. */
  podIp: string | undefined;
  hostIp: string;
  startTime: string;
  /** Whether no container will run again. */
  final: boolean;
  /** The conditions that were given before. */
  before: PodCondition[];
  /** The time as the API writes it. */
  now: string;
}

/** The part of a pod's status that kubelets write. */
export interface PodStatus {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  conditions: PodCondition[];
  hostIP: string;
  podIP?: string;
  podIPs?: { ip: string }[];
  startTime: string;
  containerStatuses: ContainerStatus[];
}

/** Says of a pod what its containers make of it. */
export function podStatus(options: PodStatusOptions): PodStatus {
  const { containers, podIp, hostIp, startTime, final, before, now } = options;
  const phase = phaseOf(containers, final);
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const over = phase === "Succeeded" || phase === "Failed";
  const ready: Omit<PodCondition, "type"> = unready.length === 0 && !over
    ? { status: "True" }
    : phase === "Succeeded"
    ? { status: "False", reason: "PodCompleted" }
    : phase === "Failed"
    ? { status: "False", reason: "PodFailed" }
    : {
      status: "False",
      reason: "ContainersNotReady",
      message: `containers with unready status: [${unready.join(" ")}]`,
    };
  const conditions: PodCondition[] = [
    { type: "PodReadyToStartContainers", status: podIp !== undefined && !over ? "True" : "False" },
    { type: "Initialized", status: "True" },
    { type: "ContainersReady", ...ready },
    { type: "Ready", ...ready },
  ];
  return {
    phase,
    conditions: conditions.map((condition) => {
      const old = before.find(({ type }) => type === condition.type);
      const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
      return { ...condition, lastTransitionTime: lastTransitionTime ?? now };
    }),
    hostIP: hostIp,
    ...podIp !== undefined && { podIP: podIp, podIPs: [{ ip: podIp }] },
    startTime,
    containerStatuses: containers,
  };
}

function phaseOf(containers: ContainerStatus[], final: boolean): PodStatus["phase"] {
  if (final) {
    const failed = containers.some(({ state }) => state.terminated?.exitCode !== 0);
    return failed ? "Failed" : "Succeeded";
  }
  const begun = containers.every(({ state, lastState }) => !state.waiting || lastState.terminated);
  return begun ? "Running" : "Pending";
}
