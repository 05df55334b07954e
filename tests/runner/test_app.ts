import { createApp } from "../../runner/http/app.ts";
import type { RouteTable } from "../../runner/host/flow_handle.ts";
import type { RequestLimits } from "../../runner/http/request_limits.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { logLines } from "./log_lines.ts";

/** Makes an app on a clock that stands still, and whose new request ids are all `id-1`. */
export function testApp(table: RouteTable, limits: Partial<RequestLimits> = {}) {
  const clock = new ManualClock();
  const { log, lines, find } = logLines();
  const app = createApp({ routes: () => table, log, limits, clock, newRequestId: () => "id-1" });
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(path, { method: "POST", body: JSON.stringify(body), headers });
  return { app, post, clock, lines, find };
}
