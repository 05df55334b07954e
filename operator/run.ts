import { systemClock } from "../shared/clock.ts";
import { dropPermissions } from "../shared/drop_permissions.ts";
import { createLog, type Log, type LogLevel } from "../shared/log.ts";
import { VERSION } from "../shared/version.ts";
import { authorizeMetrics } from "./authorize_metrics.ts";
import { ClusterView } from "./cluster_view.ts";
import { startMetrics, startProbes } from "./http_server.ts";
import {
  type ClusterAccess,
  impersonating,
  loadClusterAccess,
} from "./kubernetes/cluster_access.ts";
import { EventRecorder } from "./kubernetes/event_recorder.ts";
import { HttpClient } from "./kubernetes/http_client.ts";
import { LeaseElection } from "./kubernetes/lease_election.ts";
import { Transport, WriteRefused } from "./kubernetes/transport.ts";
import { lead } from "./lead.ts";
import { OPERATOR_LEASE } from "./lease_names.ts";
import { LegacyLease, NOT_KNOWN } from "./legacy_lease.ts";
import { OperatorMetrics } from "./operator_metrics.ts";
import { readyObjects } from "./ready_objects.ts";
import type { ActingClient } from "./sources/flow_source_sync.ts";
import { untilTold } from "./until_told.ts";

/** Options of {@linkcode run}. */
export interface OperatorOptions {
  kubeconfig: string | undefined;
  /** One namespace; the whole cluster where it is absent. */
  namespace: string | undefined;
  watchSecrets: boolean;
  leaderElect: boolean;
  /** Absent: the pod's own. */
  leaseNamespace: string | undefined;
  /** Where genkit-operator 0.5.0 runs: nothing is written while its lease is live. */
  legacyNamespace: string;
  /** How many servers may replace their pods at once; 0 for no limit. */
  maxRollouts: number;
  workers: number;
  /** The namespaces that FlowSources of other namespaces may apply to. */
  sourceNamespaces: readonly string[];
  /** 0 takes any free port. */
  healthPort: number;
  metricsPort: number;
  metricsAuth: boolean;
  logFormat: "text" | "json";
  logLevel: LogLevel;
}

/** What a process is at. */
interface State {
  /** Why it does nothing; undefined while it leads, or is ready to follow another. */
  notReady: string | undefined;
  queue(): { depth: number; age: number };
}

const clock = systemClock;
const wall = () => Date.now();
const random = () => Math.random();

/**
 * Makes the objects of a cluster true, until the process is told to stop.
 *
 * @throws {Error} where it cannot start, or may not go on: another leads now.
 */
export async function run(options: OperatorOptions): Promise<void> {
  const log = createLog({ format: options.logFormat, level: options.logLevel });
  const environment = (name: string) => Deno.env.get(name);
  const access = await loadClusterAccess({ kubeconfig: options.kubeconfig, environment });
  // Only a kubeconfig may name a program that gives tokens.
  await dropPermissions(access.runsPrograms ? ["run"] : []);
  const stop = untilTold();
  const state: State = {
    notReady: "starting",
    queue: () => ({ depth: 0, age: 0 }),
  };

  // The lease itself is written without its own permission.
  using freely = new Transport({
    access,
    userAgent: userAgent(),
    observe: (outcome) => metrics.requested(outcome),
  });
  const leases = new HttpClient({ transport: freely, clock, random, tries: 1 });
  const election = options.leaderElect
    ? new LeaseElection({
      client: leases,
      lease: { namespace: leaseNamespace(options, access.namespace), name: OPERATOR_LEASE },
      identity: `${environment("HOSTNAME") ?? "genkitd"}_${crypto.randomUUID()}`,
      clock,
      wall,
      random,
      onError: (error) => log.warn("lease", { error: messageOf(error) }),
    })
    : undefined;
  const legacy = new LegacyLease({
    client: leases,
    namespace: options.legacyNamespace,
    clock,
    wall,
    onError: (error) => log.warn("legacy lease", { error: messageOf(error) }),
  });
  const mayWrite = () => (election?.mayWrite() ?? true) && legacy.live === undefined;

  const metrics: OperatorMetrics = new OperatorMetrics({
    queue: () => state.queue(),
    isLeader: () => state.notReady === undefined && mayWrite(),
    objects: () => readyObjects(view.stores),
  });
  const leading = (access: ClusterAccess) =>
    new Transport({
      access,
      userAgent: userAgent(),
      observe: (outcome) => metrics.requested(outcome),
      beforeWrite: () => {
        if (!mayWrite()) throw new WriteRefused("this process does not lead: nothing is written");
      },
    });
  using transport = leading(access);
  const client = new HttpClient({ transport, clock, random });
  const clientAs = (user: string): ActingClient => {
    const transport = leading(impersonating(access, user));
    const client = new HttpClient({ transport, clock, random });
    return { client, [Symbol.dispose]: () => transport[Symbol.dispose]() };
  };
  const view = new ClusterView({
    ...options,
    client,
    clock,
    random,
    log,
    onRestart: (kind, reason) => metrics.watchRestarted(kind, reason),
  });
  const events = new EventRecorder({
    client,
    controller: "genkit.dev/genkitd",
    instance: environment("HOSTNAME") ?? "genkitd",
    clock,
    wall,
    onDropped: (error) => {
      metrics.eventDropped();
      log.debug("event dropped", { error: messageOf(error) });
    },
  });

  const authorize = options.metricsAuth ? authorizeMetrics(leases, clock) : undefined;
  const servers = [
    startProbes({
      port: options.healthPort,
      healthz: () => undefined,
      readyz: () => state.notReady ?? notListed(view),
    }),
    startMetrics({ port: options.metricsPort, metrics, authorize }),
  ];
  log.info("started", {
    version: VERSION,
    server: access.server,
    namespace: options.namespace ?? "all",
    healthPort: servers[0]!.port,
    metricsPort: servers[1]!.port,
  });
  const all = AbortSignal.any([stop]);
  const following = view.run(all);
  try {
    await withoutLegacy(legacy, state, stop, log);
    const work = async (signal: AbortSignal) => {
      log.info("leading");
      await lead({
        ...options,
        client,
        clientAs,
        view,
        events,
        metrics,
        log,
        clock,
        wall,
        random,
        signal,
        state,
      });
    };
    // A standby is ready to follow.
    state.notReady = undefined;
    const end = election === undefined
      ? await work(guarded(stop, legacy, log))
      : await election.run(guarded(stop, legacy, log), work);
    if (end === "lost") throw new Error("The lease was lost: another operator may lead now");
    if (!stop.aborted) throw new Error(`genkit-operator leads again: "${legacy.live}"`);
  } finally {
    if (stop.aborted) await following;
    await Promise.all(servers.map((server) => server.stop()));
  }
  log.info("stopped");
}

/** Which kinds are not known yet: nothing can be decided without them. */
function notListed({ missing }: ClusterView): string | undefined {
  return missing.length === 0 ? undefined : `not listed yet: ${missing.join(", ")}`;
}

/** Waits while a genkit-operator 0.5.0 leads. */
async function withoutLegacy(
  legacy: LegacyLease,
  state: State,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  const over = new AbortController();
  await legacy.watch(AbortSignal.any([stop, over.signal]), (live) => {
    if (live === undefined) return over.abort();
    const reason = live === NOT_KNOWN
      ? `whether genkit-operator leads is ${live}: nothing is written until then`
      : `genkit-operator leads ("${live}"): nothing is written until it is scaled to 0`;
    if (state.notReady !== reason) log.warn(reason);
    state.notReady = reason;
  });
}

/** A signal that also ends when a genkit-operator 0.5.0 is started again. */
function guarded(stop: AbortSignal, legacy: LegacyLease, log: Log): AbortSignal {
  const back = new AbortController();
  void legacy.watch(AbortSignal.any([stop, back.signal]), (live) => {
    if (live === undefined) return;
    log.error("genkit-operator leads again", { holder: live });
    back.abort();
  });
  return AbortSignal.any([stop, back.signal]);
}

function leaseNamespace({ leaseNamespace }: OperatorOptions, own: string | undefined): string {
  const namespace = leaseNamespace ?? Deno.env.get("POD_NAMESPACE") ?? own;
  if (namespace) return namespace;
  throw new Error(
    "Cannot elect a leader: the namespace of the lease is not known, should be given with " +
      "--lease-namespace",
  );
}

function userAgent(): string {
  return `genkitd/${VERSION} (operator)`;
}

function messageOf(error: unknown): string {
  return (error as Error)?.message ?? String(error);
}
