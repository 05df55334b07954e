import { type Context, Hono } from "hono";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import type { Log } from "../../shared/log.ts";
import type { FlowGuard } from "../guard/flow_guard.ts";
import type { RequestObserver } from "../telemetry/request_observer.ts";
import type { AppEnv } from "./app_env.ts";
import { CallerGone } from "./caller_gone.ts";
import type { ScheduleState } from "../schedule/flow_scheduler.ts";
import { errorAnswer, errorHeaders } from "./error_answer.ts";
import { faultPlace } from "./fault_place.ts";
import { notFound } from "./find_route.ts";
import type { RouteTable } from "../host/flow_handle.ts";
import { flowRoute } from "./flow_route.ts";
import { readiness } from "./readiness.ts";
import { observeRequests } from "./observe_requests.ts";
import { newRequestId } from "./request_id.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./request_limits.ts";
import { requestLog } from "./request_log.ts";

/** Options of {@linkcode createApp}. */
export interface AppOptions {
  /** Read anew for each request. */
  routes: () => RouteTable;
  /** Who stands before a flow; before none where it is absent. */
  guards?: (flow: string) => FlowGuard | undefined;
  log: Log;
  /** Tells how schedules stand; there is no `GET /schedules` where it is absent. */
  schedules?: () => Promise<ScheduleState[]>;
  /** Takes note of each request; nobody does where it is absent. */
  observer?: RequestObserver;
  /** Those of {@linkcode REQUEST_LIMITS} where absent. */
  limits?: Partial<RequestLimits>;
  /** What `GET /sources` answers, as JSON; there is no such path where it is absent. */
  sources?: (() => object) | undefined;
  /** What stands besides flows and probes, such as the page of `serve`; it is not observed. */
  page?: Hono<AppEnv> | undefined;
  clock?: Clock;
  newRequestId?: () => string;
}

/**
 * Makes the web application of a server: `POST /<name>` calls a flow, `GET /healthz` and
 * `GET /readyz` are for probes, `GET /schedules` where there are schedules, `GET /` where there is a
 * page; all else is 404 or 405. No flow's name is reserved, since probes and flows differ by method.
 */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const { routes, log, clock = systemClock, guards } = options;
  const limits = { ...REQUEST_LIMITS, ...options.limits };
  const toFlowError = (error: unknown, c: Context<AppEnv>): FlowError => {
    if (error instanceof FlowError) return error;
    if (c.req.raw.signal.aborted) return new CallerGone();
    const [requestId, flow] = [c.get("requestId"), c.get("flow")];
    const fault = faultPlace(error);
    log.error("Request failed by an error of the server", { requestId, flow, error: fault });
    return new FlowError("INTERNAL", "internal error", { cause: error });
  };
  const app = new Hono<AppEnv>();
  app.use(requestLog({ log, clock, newRequestId: options.newRequestId ?? newRequestId }));
  if (options.page) app.route("/", options.page);
  if (options.observer) app.use(observeRequests(options.observer));
  app.use(async (c, next) => {
    await next();
    const cors = c.get("cors");
    if (cors === undefined) return;
    for (const [name, value] of Object.entries(cors)) c.res.headers.set(name, value);
  });
  app.onError((error, c) => {
    const failure = toFlowError(error, c);
    c.set("failure", failure);
    c.set("identified", true);
    const body = JSON.stringify(errorAnswer(failure, c.get("requestId")));
    return new Response(body, {
      status: failure.http,
      headers: errorHeaders(failure, c.get("requestId")),
    });
  });
  app.get("/healthz", (c) => c.text("ok", 200, PROBE_HEADERS));
  app.get("/readyz", (c) => {
    const verbose = c.req.query("verbose") !== undefined;
    const { ready, text } = readiness(routes(), { draining: c.env?.draining ?? false, verbose });
    return c.text(text, ready ? 200 : 503, PROBE_HEADERS);
  });
  const { sources } = options;
  if (sources) app.get("/sources", (c) => c.json(sources(), 200, PROBE_HEADERS));
  const { schedules } = options;
  if (schedules) {
    app.get(
      "/schedules",
      async (c) => c.json({ schedules: await schedules() }, 200, PROBE_HEADERS),
    );
  }
  app.all("/:name", flowRoute({ routes, guards, limits, clock, toFlowError }));
  app.notFound((c) => {
    throw notFound(c.req.path, routes().routes.keys());
  });
  return app;
}

const PROBE_HEADERS = { "cache-control": "no-store" };
