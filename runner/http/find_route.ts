import { FlowError } from "../../shared/flow_error.ts";
import { suggestion } from "../../shared/nearest.ts";
import type { Route, RouteTable } from "../host/flow_handle.ts";
import { MethodError } from "./method_error.ts";

/** A route whose flow can be called. */
export type ServingRoute = Extract<Route, { handle: unknown }>;

/** Paths that answer GET besides the flows; a flow may have the same name, it answers POST. */
const PROBES = ["healthz", "readyz"];

/** What `serve` answers GET with besides those. */
const REPORTS = ["sources", "schedules"];

/** Whether a request is a probe's, or asks how the server stands. */
export function isProbe(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && [...PROBES, ...REPORTS].includes(path.slice(1));
}

/** Seconds after which a caller may try a flow again that cannot be served now. */
const RETRY_AFTER = 5;

/**
 * Finds what `method` on `/<name>` leads to.
 *
 * @throws {FlowError} NOT_FOUND, 405 with the methods that the path has, or UNAVAILABLE with why.
 */
export function findRoute(
  { routes, flows }: RouteTable,
  name: string,
  method: string,
): ServingRoute {
  const route = routes.get(name);
  const state = flows.find((flow) => flow.name === name)?.state;
  const allowed = [
    ...PROBES.includes(name) ? ["GET", "HEAD"] : [],
    ...route !== undefined || state === "loading" ? ["POST"] : [],
  ];
  if (allowed.length === 0) throw notFound(`/${name}`, routes.keys());
  if (!allowed.includes(method)) throw new MethodError(`/${name}`, method, allowed);
  if (route === undefined) throw unavailable(name, "it is loading");
  if ("failed" in route) throw unavailable(route.flow, route.failed);
  return route;
}

/** Gives the error for a path that leads nowhere, with the nearest of the flows' names. */
export function notFound(path: string, names: Iterable<string>): FlowError {
  const paths = [...names].map((name) => `/${name}`);
  const shown = path.slice(0, 100);
  return new FlowError("NOT_FOUND", `Cannot find "${shown}"${suggestion(shown, paths)}`);
}

function unavailable(flow: string, reason: string): FlowError {
  const message = `Cannot serve flow "${flow}": ${reason}`;
  return new FlowError("UNAVAILABLE", message, { retryAfter: RETRY_AFTER });
}
