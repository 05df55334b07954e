import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Clock, systemClock } from "../shared/clock.ts";
import { FlowError } from "../shared/flow_error.ts";
import type { Log } from "../shared/log.ts";
import { Connections } from "./connections.ts";
import { errorAnswer, errorHeaders } from "./error_answer.ts";
import { rawAnswer, refusal } from "./refusal.ts";
import { newRequestId } from "./request_id.ts";
import { SERVER_LIMITS, type ServerLimits } from "./server_limits.ts";

/** Options of {@linkcode startServer}. */
export interface ServerOptions {
  /** Answers each request, and never throws: the `fetch` of {@linkcode createApp}'s app. */
  fetch: (request: Request, env: { draining: boolean }) => Response | Promise<Response>;
  /** 0 takes any free port. */
  port: number;
  /** The address to listen on, e.g. `127.0.0.1` or `::`. */
  host: string;
  /** Those of {@linkcode SERVER_LIMITS} where absent. */
  limits?: Partial<ServerLimits>;
  log: Log;
  clock?: Clock;
  newRequestId?: () => string;
}

/** How a server comes to its end; both in milliseconds. */
export interface DrainOptions {
  /** For which requests are still accepted, and connections told to end. */
  drainDelay: number;
  /** Which requests in flight get to finish after that. */
  grace: number;
}

/** A server that listens. */
export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /**
   * Ends the server so that no request is lost: /readyz turns 503, requests are still accepted for a
   * while and answered with `Connection: close`; then it stops listening and closes idle
   * connections; what is in flight may finish. Resolves with the number of requests that were cut
   * at the end of the grace. A second call joins the first.
   */
  drain(options: DrainOptions): Promise<number>;
  /** Ends the server at once; resolves with the number of requests that this cut. */
  close(): Promise<number>;
}

/**
 * Starts an HTTP/1.1 server that bounds what a connection may use.
 *
 * It stands on node:http, since Deno.serve has no time limit for headers and idle connections. A
 * client that closes its half of the connection counts as gone.
 *
 * @throws {Error} where it cannot listen.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { clock = systemClock, host, log } = options;
  const makeId = options.newRequestId ?? newRequestId;
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const connections = new Connections();
  let draining = false;

  const unreadable = (message: string) => new FlowError("INVALID_ARGUMENT", message);
  const listener = getRequestListener((request) => options.fetch(request, { draining }), {
    // HTTP/1.0 knows no Host, and load balancers probe with it.
    hostname: "localhost",
    errorHandler(error) {
      const id = makeId();
      log.info("request refused", { requestId: id, status: 400 });
      const failure = unreadable(`Cannot read the request: ${(error as Error).message}`);
      return Response.json(errorAnswer(failure, id), {
        status: 400,
        headers: errorHeaders(failure, id),
      });
    },
  });
  const server = createServer({
    headersTimeout: limits.headersTimeout,
    // Bodies have their own limit, in the app, which answers in its own way.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: limits.checkInterval,
    maxHeaderSize: limits.headerBytes,
  }, (request, response) => {
    connections.began(response);
    listener(request, response);
  });
  server.setTimeout(limits.stallTimeout, (socket: Socket) => socket.destroy());
  if (limits.maxConnections !== undefined) server.maxConnections = limits.maxConnections;
  server.on("connection", (socket: Socket) => connections.opened(socket));
  server.on("clientError", (error: Error & { code?: string }, socket: Socket) => {
    if (!isOwedAnswer(socket, connections.inFlight(socket))) return socket.destroy();
    const id = makeId();
    const failure = refusal(error.code);
    log.info("request refused", { requestId: id, status: failure.http, reason: error.code });
    socket.write(rawAnswer(failure, id));
    socket.destroySoon();
  });
  await listen(server, options);

  const { port } = server.address() as AddressInfo;
  const drain = async ({ drainDelay, grace }: DrainOptions) => {
    draining = true;
    connections.lastCall();
    await new Promise<void>((resolve) => clock.after(drainDelay, resolve));
    server.close();
    const finished = connections.closeAsTheyFinish();
    const late = Promise.withResolvers<number>();
    const cancel = clock.after(grace, () => late.resolve(connections.cut()));
    const cut = await Promise.race([finished.then(() => 0), late.promise]);
    cancel();
    return cut;
  };
  let drained: Promise<number> | undefined;
  return {
    url: `http://${urlHost(host)}:${port}`,
    port,
    drain: (options) => drained ??= drain(options),
    async close() {
      server.close();
      const finished = connections.closeAsTheyFinish();
      const cut = connections.cut();
      await finished;
      return cut;
    },
  };
}
