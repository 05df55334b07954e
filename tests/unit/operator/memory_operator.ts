import { ClusterView, INDEXED_LABELS } from "../../../operator/cluster_view.ts";
import { controllers } from "../../../operator/controllers/controllers.ts";
import { RolloutQueue } from "../../../operator/controllers/rollout_queue.ts";
import { Engine } from "../../../operator/engine/engine.ts";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import { FIELD_MANAGER } from "../../../operator/render/names.ts";
import type { Clock } from "../../../shared/clock.ts";
import { createLog } from "../../../shared/log.ts";
import type { MemoryCluster } from "./memory_cluster.ts";

/** The operator's watches, engine and controllers over a cluster in memory. */
export interface MemoryOperator {
  engine: Engine;
  /** What went wrong and is no answer of the API server. */
  errors: unknown[];
  /** The watches that were begun anew after a fault, such as `"Service: Expired"`. */
  restarts: string[];
  /** Reconciles, once everything has been listed. */
  start(): Promise<void>;
  /** Waits until nothing is left to be done; what waits for the clock apart. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Makes an operator over a cluster in memory; it watches at once. */
export function startMemoryOperator(
  cluster: MemoryCluster,
  clock: Clock,
  random: () => number,
): MemoryOperator {
  const over = new AbortController();
  const errors: unknown[] = [];
  const restarts: string[] = [];
  const log = createLog({ format: "text", level: "error", write: () => {} });
  const view = new ClusterView({
    client: cluster,
    namespace: undefined,
    watchSecrets: true,
    clock,
    random,
    log,
    onRestart: (kind, reason) => restarts.push(`${kind}: ${reason}`),
  });
  const rollouts: RolloutQueue = new RolloutQueue({ max: 0, onTurn: (key) => engine.requeue(key) });
  const engine: Engine = new Engine({
    client: cluster,
    controllers: controllers({ rollouts, now: () => 0 }),
    stores: view.stores,
    labels: INDEXED_LABELS,
    manager: FIELD_MANAGER,
    workers: 16,
    clock,
    now: () => 0,
    random,
    secretsAreWatched: true,
    notify: () => {},
    onGone: (key) => rollouts.forget(key),
    onReconciled: () => {},
    onError: (key, error) => {
      if (!(error instanceof ApiError)) errors.push(`${key}: ${(error as Error).stack}`);
    },
    onWrite: () => {},
  });
  const following = view.run(over.signal);
  return {
    engine,
    errors,
    restarts,
    start: async () => {
      await view.synced();
      view.tell([engine]);
      engine.start();
    },
    idle: async () => {
      for (let quiet = 0; quiet < 5;) {
        await settled();
        const { depth, running } = engine.queue;
        quiet = depth + running === 0 ? quiet + 1 : 0;
      }
    },
    stop: async () => {
      over.abort();
      await engine.stop();
      await following;
    },
  };
}
