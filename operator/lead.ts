import type { Clock } from "../shared/clock.ts";
import type { Log } from "../shared/log.ts";
import { type ClusterView, INDEXED_LABELS } from "./cluster_view.ts";
import { controllers } from "./controllers/controllers.ts";
import { RolloutQueue } from "./controllers/rollout_queue.ts";
import { Engine } from "./engine/engine.ts";
import { parseKey } from "./engine/key.ts";
import type { Client } from "./kubernetes/client.ts";
import type { EventRecorder } from "./kubernetes/event_recorder.ts";
import type { OperatorMetrics } from "./operator_metrics.ts";
import { FIELD_MANAGER } from "./render/names.ts";
import type { ActingClient } from "./sources/flow_source_sync.ts";
import { FlowSources } from "./sources/flow_sources.ts";
import { sourceFetcher } from "./sources/source_fetcher.ts";

/** What {@linkcode lead} works with. */
export interface LeadOptions {
  client: Client;
  /** Acts as a user, for FlowSources that name a ServiceAccount. */
  clientAs(user: string): ActingClient;
  /** The namespaces that FlowSources of others may apply to. */
  sourceNamespaces: readonly string[];
  view: ClusterView;
  events: EventRecorder;
  metrics: OperatorMetrics;
  log: Log;
  clock: Clock;
  /** Milliseconds since 1970. */
  wall(): number;
  random(): number;
  watchSecrets: boolean;
  maxRollouts: number;
  workers: number;
  signal: AbortSignal;
  /** Is given the queue, to be told in metrics. */
  state: { queue(): { depth: number; age: number } };
}

/** Reconciles until the signal, once everything has been listed; what is under way is ended then. */
export async function lead(options: LeadOptions): Promise<void> {
  const { client, view, events, metrics, log, clock, wall, random, signal } = options;
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([view.synced(), aborted]);
  if (signal.aborted) return;
  const rollouts: RolloutQueue = new RolloutQueue({
    max: options.maxRollouts,
    onTurn: (key) => engine.requeue(key),
  });
  const engine: Engine = new Engine({
    client,
    controllers: controllers({ rollouts, now: wall }),
    stores: view.stores,
    labels: INDEXED_LABELS,
    manager: FIELD_MANAGER,
    workers: options.workers,
    clock,
    now: wall,
    random,
    secretsAreWatched: options.watchSecrets,
    notify: (object, { type, reason, message }) =>
      events.record(object, { type, reason, action: "Reconcile", note: message }),
    onGone: (key) => rollouts.forget(key),
    onReconciled: (key, result, seconds) => {
      metrics.reconciled(parseKey(key).kind, result, seconds);
      log.debug("reconciled", { object: key, result, seconds });
    },
    onWrite: (action, child, fields) => {
      metrics.wrote(action, child.kind);
      const { namespace, name, ownerReferences } = child.metadata;
      const owner = ownerReferences?.find(({ controller }) => controller);
      log.info(action, {
        child: `${child.kind}/${namespace}/${name}`,
        object: owner && `${owner.kind}/${namespace}/${owner.name}`,
        ...fields.length > 0 && { fields },
      });
    },
    onError: (key, error) =>
      log.error("failed", { object: key, error: (error as Error)?.message ?? String(error) }),
  });
  const sources = new FlowSources({
    ...options,
    stores: view.stores,
    fetcher: sourceFetcher,
    namespaces: options.sourceNamespaces,
    notify: (object, { type, reason, message }) =>
      events.record(object, { type, reason, action: "Sync", note: message }),
    onWrite: (source, action, object, fields) => {
      metrics.wrote(action, object.kind);
      const { namespace, name } = object.metadata;
      const applied = `${object.kind}/${namespace}/${name}`;
      log.info(action, { object: applied, source, ...fields.length > 0 && { fields } });
    },
    onSynced: (source, result, seconds) => {
      metrics.synced(result, seconds);
      log.debug("synced", { source, result, seconds });
    },
    onError: (source, error) =>
      log.error("sync failed", { source, error: (error as Error)?.message ?? String(error) }),
  });
  options.state.queue = () => engine.queue;
  view.tell([engine, sources]);
  engine.start();
  sources.start();
  await aborted;
  view.tell([]);
  await Promise.all([engine.stop(), sources.stop()]);
  await events.flushed();
}
