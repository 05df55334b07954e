import { type AppOptions, createApp } from "../../runner/http/app.ts";
import type { FlowHandle } from "../../runner/host/flow_handle.ts";
import type { RequestLimits } from "../../runner/http/request_limits.ts";
import { type RunningServer, startServer } from "../../runner/http/server.ts";
import type { ServerLimits } from "../../runner/http/server_limits.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { fakeRoutes } from "./fake_flow.ts";
import { type LogLines, logLines } from "./log_lines.ts";

/** A server of fake flows on a free port; ends with its scope. */
export interface TestServer extends RunningServer, LogLines, AsyncDisposable {}

/** Starts a server of fake flows, by name. */
export async function testServer(
  flows: Record<string, FlowHandle>,
  options: {
    limits?: Partial<ServerLimits & RequestLimits>;
    clock?: Clock;
    guards?: AppOptions["guards"];
  } = {},
): Promise<TestServer> {
  const { limits = {}, clock = systemClock, guards } = options;
  const lines = logLines();
  const { log } = lines;
  const newRequestId = () => "id-1";
  const routes = () => fakeRoutes(flows);
  const app = createApp({
    routes,
    log,
    limits,
    clock,
    newRequestId,
    ...guards && { guards },
  });
  const server = await startServer({
    fetch: app.fetch,
    host: "127.0.0.1",
    port: 0,
    limits: { checkInterval: 10, ...limits },
    log,
    clock,
    newRequestId,
  });
  return { ...server, ...lines, [Symbol.asyncDispose]: async () => void await server.close() };
}
