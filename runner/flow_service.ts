import { MemoryBucket } from "../shared/cache/memory_bucket.ts";
import type { SharedCache } from "../shared/cache/shared_cache.ts";
import { dropPermissions } from "../shared/drop_permissions.ts";
import { systemClock } from "../shared/clock.ts";
import type { Log } from "../shared/log.ts";
import { FlowGuards } from "./guard/flow_guards.ts";
import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";
import { APPROVAL_KEY, checkApprovalKey } from "./host/approval_secret.ts";
import { Approvals } from "./host/approvals.ts";
import { createApp } from "./http/app.ts";
import { CallTokens } from "./http/call_tokens.ts";
import { type Applied, FlowHost } from "./host/flow_host.ts";
import { Sandbox } from "./host/sandbox.ts";
import { sandboxWorker, startSandbox } from "./host/sandbox_process.ts";
import { FlowPage } from "./page/flow_page.ts";
import { observeBoth } from "./page/observe_both.ts";
import { pageRoutes } from "./page/page_routes.ts";
import type { Recording } from "./recording/recording.ts";
import { callScheduled } from "./schedule/call_scheduled.ts";
import { FlowScheduler } from "./schedule/flow_scheduler.ts";
import { startServer } from "./http/server.ts";
import { runUntilSignal } from "./http/shutdown.ts";
import { openTelemetry } from "./telemetry/open_telemetry.ts";
import { RunnerTelemetry } from "./telemetry/runner_telemetry.ts";
import { startMetricsServer } from "./telemetry/metrics_server.ts";
import type { TelemetryOptions } from "./telemetry/telemetry_options.ts";

/** Options of {@linkcode startFlowService}. */
export interface FlowServiceOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  log: Log;
  /** Milliseconds for which requests are still accepted after SIGTERM. */
  drainDelay: number;
  /** Milliseconds that requests in flight get to finish after that. */
  grace: number;
  /** What the service tells of itself: no /metrics where it is absent. */
  telemetry?: TelemetryOptions;
  /** Where turns and tools are recorded, or answered from. */
  recording?: Recording | undefined;
  /** What `GET /sources` answers; there is no such path where it is absent. */
  sources?: () => object;
  /** Runs flows by their schedules too, and who else does; no flow is where it is absent. */
  schedules?: ScheduleService;
  /** Whether `GET /` is a page that shows the flows. */
  page?: boolean;
  /** Awaited before each call of a flow. */
  beforeCall?: () => Promise<void>;
}

/** What schedules need. */
export interface ScheduleService {
  /** Shared with other processes, of which one runs a flow; this one alone where it is undefined. */
  cache: Pick<SharedCache, "runtime" | "leases"> | undefined;
  /** This process among those that share the cache. */
  node: string;
  /** Milliseconds between renewals of a lease; those of {@linkcode holdLease} where absent. */
  renewEvery?: number;
  /** Milliseconds for which a time that has passed is made up for; 90 s where absent. */
  late?: number;
}

/** A server of flows: HTTP before a host of sandboxes. */
export interface FlowService {
  /** Without a trailing slash. */
  readonly url: string;
  /** Where /metrics is served, if it is. */
  readonly metricsUrl: string | undefined;
  readonly host: FlowHost;
  /** What the page shows, where there is one. */
  readonly page: FlowPage | undefined;
  /** Makes the service serve exactly these flows. */
  apply(plans: readonly (FlowPlan | BrokenPlan)[]): Promise<Applied>;
  /** Resolves when a signal has ended the service. */
  readonly ended: Promise<void>;
  /** Ends the service at once. */
  stop(): Promise<void>;
}

/** V8's old-space limit of a sandbox, in MiB. */
const HEAP_MEGABYTES = 128;

/**
 * Starts a service without flows. It answers probes at once, drains on SIGTERM and SIGINT, and ends
 * at once on a second signal.
 *
 * @throws {Error} where it cannot listen, or the sandbox's program is not there.
 */
export async function startFlowService(options: FlowServiceOptions): Promise<FlowService> {
  const { log, beforeCall, recording, telemetry: { recordContent = false, metrics } = {} } =
    options;
  const approvals = new Approvals({ secret: checkApprovalKey(Deno.env.get(APPROVAL_KEY)) });
  const telemetry = new RunnerTelemetry({
    clock: systemClock,
    openTelemetry: openTelemetry(),
    recordContent,
  });
  const worker = await sandboxWorker();
  const host = new FlowHost({
    log,
    approvals,
    ...beforeCall && { beforeCall },
    recording,
    count: async (flow, signal, run) => {
      const guard = guards.get(flow);
      const leave = await guard?.enter(signal);
      const tokens = new CallTokens((count) => guard?.used(count));
      try {
        return await tokens.during(() => run((step) => tokens.step(step)));
      } finally {
        leave?.();
      }
    },
    createSandbox: (hosts) => {
      const start = () => startSandbox({ hosts, heapMegabytes: HEAP_MEGABYTES }, worker);
      const sandbox = new Sandbox({ log, start });
      telemetry.watchSandbox(sandbox);
      return sandbox;
    },
  });
  const guards = new FlowGuards({ clock: systemClock, log, listening: options.host });
  const routes = () => host.table;
  const { schedules } = options;
  const scheduler = schedules && new FlowScheduler({
    call: (flow, schedule, due, signal) =>
      callScheduled((request, env) => app.fetch(request, env), flow, schedule, due, signal),
    runtime: schedules.cache?.runtime ?? new MemoryBucket(),
    leases: schedules.cache?.leases ?? new MemoryBucket(),
    node: schedules.node,
    clock: systemClock,
    date: () => new Date(),
    log,
    observe: (flow, outcome) => telemetry.scheduled(flow, outcome),
    ...schedules.renewEvery !== undefined && { renewEvery: schedules.renewEvery },
    ...schedules.late !== undefined && { late: schedules.late },
  });
  telemetry.watch({
    routes,
    guard: (flow) => guards.get(flow),
    ...scheduler && { nextRuns: () => scheduler.nextRuns() },
  });
  const page = options.page
    ? new FlowPage({ routes, clock: systemClock, now: () => new Date() })
    : undefined;
  const app = createApp({
    routes,
    guards: (flow) => guards.get(flow),
    log,
    observer: page ? observeBoth(telemetry, page.requests) : telemetry,
    page: page && pageRoutes(page, options.host),
    sources: options.sources,
    ...scheduler && { schedules: () => scheduler.states() },
  });
  const read = () => telemetry.prometheus();
  const metricsServer = metrics &&
    await startMetricsServer({ ...metrics, host: options.host, log, read });
  const server = await startServer({ ...options, fetch: app.fetch });
  await dropPermissions(["run"]);
  const drain = async (signal: string) => {
    log.info("draining", { signal });
    // Else pages that listen would hold the server open for as long as it may take.
    page?.events.close();
    const { drainDelay, grace } = options;
    const [cut] = await Promise.all([
      server.drain(options),
      scheduler?.drain(drainDelay + grace),
    ]);
    if (cut > 0) log.warn("requests were cut at the end of the grace", { requests: cut });
    await host.close();
    // Last, so that a scraper may see how it ended.
    await metricsServer?.close();
    log.info("ended");
  };
  const ended = runUntilSignal({ drain, exit: (code) => Deno.exit(code) });
  return {
    url: server.url,
    metricsUrl: metricsServer && `${metricsServer.url}/metrics`,
    host,
    page,
    ended,
    async apply(plans) {
      // Before a flow can be called: a new limit or key is never missed.
      guards.apply(plans);
      const applied = await host.apply(plans);
      scheduler?.apply(plans);
      telemetry.forgetGone();
      page?.applied(plans, applied);
      return applied;
    },
    async stop() {
      page?.events.close();
      await scheduler?.drain(0);
      await server.close();
      await metricsServer?.close();
      await host.close();
    },
  };
}
