import { createMiddleware } from "hono/factory";
import type { RequestObserver } from "../telemetry/request_observer.ts";
import type { AppEnv } from "./app_env.ts";
import { isProbe } from "./find_route.ts";

/** Has each request observed, but for probes; a stream to its end. */
export function observeRequests(observer: RequestObserver) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { method, path } = c.req;
    if (isProbe(method, path)) return await next();
    const requestId = c.get("requestId");
    const observation = observer.begin({ method, headers: c.req.raw.headers, requestId });
    c.set("observation", observation);
    await next();
    const end = (failed = c.get("failure")) =>
      observation.end({ status: failed?.http ?? c.res.status, error: failed?.status });
    const streamed = c.get("streamed");
    if (streamed === undefined) end();
    else streamed.then(end);
  });
}
