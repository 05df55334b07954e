import type { Log } from "../../shared/log.ts";
import { type RunningServer, startServer } from "../http/server.ts";
import { PROMETHEUS_TYPE } from "./prometheus_text.ts";

/** Options of {@linkcode startMetricsServer}. */
export interface MetricsServerOptions {
  /** 0 takes any free port. */
  port: number;
  /** Where the port is taken, there is a warning in place of an error. */
  optional: boolean;
  host: string;
  log: Log;
  /** Gives the metrics in Prometheus' text format. */
  read: () => string;
}

/**
 * Serves `GET /metrics` on a port of its own, which no caller of flows needs to reach.
 *
 * @throws {Error} where it cannot listen and is not optional.
 */
export async function startMetricsServer(
  { port, optional, host, log, read }: MetricsServerOptions,
): Promise<RunningServer | undefined> {
  const fetch = (request: Request) => {
    if (new URL(request.url).pathname !== "/metrics") return text("not found: see /metrics\n", 404);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text("/metrics answers GET\n", 405, { allow: "GET, HEAD" });
    }
    return new Response(request.method === "HEAD" ? null : read(), {
      headers: { "content-type": PROMETHEUS_TYPE, "cache-control": "no-store" },
    });
  };
  try {
    return await startServer({ port, host, log, fetch });
  } catch (error) {
    if (!optional) throw error;
    log.warn("metrics are not served", { reason: (error as Error).message });
    return undefined;
  }
}

function text(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain", ...headers } });
}
