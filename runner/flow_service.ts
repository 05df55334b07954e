import { systemClock } from "../shared/clock.ts";
import type { Log } from "../shared/log.ts";
import { FlowGuards } from "./guard/flow_guards.ts";
import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";
import { createApp } from "./http/app.ts";
import { type Applied, FlowHost } from "./host/flow_host.ts";
import { dropPermissions } from "./host/drop_permissions.ts";
import { Sandbox } from "./host/sandbox.ts";
import { sandboxWorker, startSandbox } from "./host/sandbox_process.ts";
import { startServer } from "./http/server.ts";
import { runUntilSignal } from "./http/shutdown.ts";

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
  /** Awaited before each call of a flow. */
  beforeCall?: () => Promise<void>;
}

/** A server of flows: HTTP before a host of sandboxes. */
export interface FlowService {
  /** Without a trailing slash. */
  readonly url: string;
  readonly host: FlowHost;
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
  const { log, beforeCall } = options;
  const worker = await sandboxWorker();
  const host = new FlowHost({
    log,
    ...beforeCall && { beforeCall },
    createSandbox: (hosts) =>
      new Sandbox({
        log,
        start: () => startSandbox({ hosts, heapMegabytes: HEAP_MEGABYTES }, worker),
      }),
  });
  const guards = new FlowGuards(systemClock);
  const app = createApp({ routes: () => host.table, guards: (flow) => guards.get(flow), log });
  const server = await startServer({ ...options, fetch: app.fetch });
  await dropPermissions();
  const drain = async (signal: string) => {
    log.info("draining", { signal });
    const cut = await server.drain(options);
    if (cut > 0) log.warn("requests were cut at the end of the grace", { requests: cut });
    await host.close();
    log.info("ended");
  };
  const ended = runUntilSignal({ drain, exit: (code) => Deno.exit(code) });
  return {
    url: server.url,
    host,
    ended,
    apply(plans) {
      // Before a flow can be called: a new limit or key is never missed.
      guards.apply(plans);
      return host.apply(plans);
    },
    async stop() {
      await server.close();
      await host.close();
    },
  };
}
