import { Hono } from "hono";
import type { OperatorMetrics } from "./operator_metrics.ts";

/** A server that runs. */
export interface RunningServer {
  port: number;
  stop(): Promise<void>;
}

/** Why the process is not as it should be; undefined where it is. */
export type Health = () => string | undefined;

/** Serves /healthz and /readyz: 200, or 503 with the reason. */
export function startProbes(
  { port, hostname = "0.0.0.0", healthz, readyz }: {
    /** 0 takes any free port. */
    port: number;
    hostname?: string;
    healthz: Health;
    readyz: Health;
  },
): RunningServer {
  const app = new Hono();
  for (const [path, health] of [["/healthz", healthz], ["/readyz", readyz]] as const) {
    app.get(path, (context) => {
      const reason = health();
      return reason === undefined ? context.text("ok\n") : context.text(`${reason}\n`, 503);
    });
  }
  return start(app, port, hostname);
}

/** Tells whether a token may read the metrics. */
export type Authorize = (token: string | undefined) => Promise<"yes" | "unknown" | "forbidden">;

/** Serves /metrics; with `authorize`, only to those who may see it. */
export function startMetrics(
  { port, hostname = "0.0.0.0", metrics, authorize }: {
    /** 0 takes any free port. */
    port: number;
    hostname?: string;
    metrics: OperatorMetrics;
    authorize?: Authorize | undefined;
  },
): RunningServer {
  const app = new Hono();
  app.get("/metrics", async (context) => {
    if (authorize !== undefined) {
      const header = context.req.header("authorization") ?? "";
      const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
      const answer = await authorize(token).catch(() => "failed" as const);
      if (answer === "failed") return context.text("the token cannot be checked now\n", 503);
      if (answer === "unknown") {
        return context.text("a ServiceAccount's token is needed\n", 401, {
          "www-authenticate": "Bearer",
        });
      }
      if (answer === "forbidden") return context.text("the token may not get /metrics\n", 403);
    }
    const { registry } = metrics;
    return context.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
  return start(app, port, hostname);
}

function start(app: Hono, port: number, hostname: string): RunningServer {
  try {
    const server = Deno.serve({ port, hostname, onListen: () => {} }, app.fetch);
    return { port: server.addr.port, stop: () => server.shutdown() };
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "the port is in use, it should be free"
      : (error as Error).message;
    throw new Error(`Cannot listen on ${hostname}:${port}: ${reason}`, { cause: error });
  }
}
