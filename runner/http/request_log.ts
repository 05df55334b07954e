import { createMiddleware } from "hono/factory";
import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import type { AppEnv } from "./app_env.ts";
import { CallerGone } from "./caller_gone.ts";
import { requestId } from "./request_id.ts";

/** Options of {@linkcode requestLog}. */
export interface RequestLogOptions {
  log: Log;
  clock: Clock;
  newRequestId: () => string;
}

/**
 * Gives each request its id, and logs one line at its end: a stream's when it has been read, with
 * the status that it would have had as a whole answer. No query, header, input or output is logged.
 * Probes that succeed are logged at level debug.
 */
export function requestLog({ log, clock, newRequestId }: RequestLogOptions) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const start = clock.now();
    c.set("requestId", requestId(c.req.header("x-request-id"), newRequestId));
    await next();
    // One by one: `c.var` makes an object of them all.
    const id = c.get("requestId");
    const [flow, failure, streamed] = [c.get("flow"), c.get("failure"), c.get("streamed")];
    const traceId = c.get("observation")?.trace?.traceparent.split("-")[1];
    const { method, path } = c.req;
    const status = c.res.status;
    if (!c.get("identified")) c.res.headers.set("x-request-id", id);
    const line = (failed = failure) => {
      const probe = method !== "POST" && failed === undefined;
      log[probe && status < 400 ? "debug" : "info"]("request", {
        method,
        path: path.slice(0, 200),
        ...flow !== undefined && { flow },
        ...c.env?.schedule && { schedule: c.env.schedule.cron, due: c.env.schedule.due },
        status: failed?.http ?? status,
        ...failed !== undefined && { error: failed.status },
        ms: Math.round((clock.now() - start) * 10) / 10,
        requestId: id,
        ...traceId !== undefined && { traceId },
        ...failed instanceof CallerGone && { aborted: true },
      });
    };
    if (streamed === undefined) line();
    else streamed.then(line);
  });
}
