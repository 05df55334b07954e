import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { Phase } from "../../shared/api/phase.ts";
import type { Rollout } from "./rollout.ts";

/** What keeps a flow from being served. */
export interface FlowTrouble {
  message: string;
  /** Whether only an edit of the flow mends it; else it waits for something. */
  failed: boolean;
}

/** What a server's status is made of. */
export interface ServerState {
  /** Undefined where there is no Deployment yet. */
  rollout: Rollout | undefined;
  /** Whether the Deployment is, or is about to be, changed by this reconciliation. */
  changing: boolean;
  /** Whether what stands in the way can only be mended by an edit. */
  failed: boolean;
  /** Why a flow does not serve, by its name. */
  troubles: ReadonlyMap<string, FlowTrouble>;
  /** The flows that did not resolve and serve on as they last did. */
  kept: readonly string[];
  suspended: boolean;
}

/** A word for where a server is in its life. */
export function phaseOf({ rollout, changing, failed, suspended }: ServerState): Phase {
  if (rollout === undefined) return failed ? "Failed" : "Pending";
  if (rollout.stuck && rollout.available === 0) return "Failed";
  if (rollout.complete && !changing) return "Running";
  return rollout.available === 0 && !suspended ? "Pending" : "Updating";
}

/** The status fields of a Flow or FlowSet beside its conditions and hashes. */
export function serverStatus(server: Flow | FlowSet, state: ServerState): Record<string, unknown> {
  const phase = phaseOf(state);
  const { rollout } = state;
  const common = {
    phase,
    availableReplicas: rollout?.available ?? 0,
    replicas: rollout?.replicas ?? 0,
  };
  if (server.kind === "Flow") return common;
  const before = new Map(server.status?.flows?.map((flow) => [flow.name, flow]));
  const flows = server.spec.flows.map(({ name }) => {
    const served = before.get(name)?.ready === true && (rollout?.available ?? 0) > 0;
    const trouble = state.troubles.get(name);
    if (trouble !== undefined) {
      const still = state.kept.includes(name) ? "serves as it last did; " : "";
      const stopped = trouble.failed ? "Failed" : "Pending";
      const phase = state.kept.includes(name) ? "Running" : stopped;
      return { name, ready: false, phase, message: cut(`${still}${trouble.message}`) };
    }
    if (phase === "Running") return { name, ready: true, phase };
    return { name, ready: served, phase, ...rollout && { message: cut(rollout.message) } };
  });
  return {
    ...common,
    flows,
    readyFlows: flows.filter(({ ready }) => ready).length,
    totalFlows: flows.length,
  };
}

function cut(text: string): string {
  return text.length <= 1024 ? text : `${text.slice(0, 1023)}…`;
}
