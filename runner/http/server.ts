import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import type { Log } from "../../shared/log.ts";
import type { Incoming } from "./app_env.ts";
import { Connections } from "./connections.ts";
import { errorAnswer, errorHeaders } from "./error_answer.ts";
import { messageFault } from "./message_fault.ts";
import { MethodError } from "./method_error.ts";
import { brokenOff, isOwedAnswer, rawAnswer, refusal, unknownExpectation } from "./refusal.ts";
import { newRequestId } from "./request_id.ts";
import { runtimeSpanRemover } from "../telemetry/runtime_span.ts";
import { SERVER_LIMITS, type ServerLimits } from "./server_limits.ts";

/** What the server tells the application of a request. */
export interface ServerEnv {
  /** Whether the server is about to end. */
  draining: boolean;
  /** The connection's other end. */
  incoming: { socket: Incoming };
}

/** Options of {@linkcode startServer}. */
export interface ServerOptions {
  /** Answers each request, and never throws: the `fetch` of {@linkcode createApp}'s app. */
  fetch: (request: Request, env: ServerEnv) => Response | Promise<Response>;
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
 * client that closes its half of the connection counts as gone; in mid-body it is told so with 400.
 *
 * @throws {Error} where it cannot listen.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { clock = systemClock, host, log } = options;
  const makeId = options.newRequestId ?? newRequestId;
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const connections = new Connections();
  const removeRuntimeSpan = runtimeSpanRemover();
  let draining = false;

  const listener = getRequestListener(
    (request, { incoming }) => options.fetch(request, { draining, incoming }),
    {
      errorHandler(error) {
        const id = makeId();
        const failure = error instanceof RequestError
          ? new FlowError("INVALID_ARGUMENT", `Cannot read the request: ${error.message}`)
          : new FlowError("INTERNAL", "internal error");
        log.info("request refused", { requestId: id, status: failure.http });
        const headers = errorHeaders(failure, id);
        return Response.json(errorAnswer(failure, id), { status: failure.http, headers });
      },
    },
  );
  const server = createServer({
    headersTimeout: limits.headersTimeout,
    // Bodies have their own limit, in the app, which answers in its own way.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: limits.checkInterval,
    maxHeaderSize: limits.headerBytes,
    // A missing host is refused by the listener, in our form of errors.
    requireHostHeader: false,
  }, (request, response) => {
    connections.began(request.socket, response);
    removeRuntimeSpan(response);
    // HTTP/1.0 knows no Host, and load balancers probe with it.
    if (request.httpVersion === "1.0") request.headers.host ??= "localhost";
    // It is emitted while the other half of the connection can still be written to.
    request.once("aborted", () => refuseRaw(request.socket, brokenOff(), "aborted"));
    const fault = messageFault(request);
    if (fault) refuse(response, fault);
    else listener(request, response);
  });
  const refuse = (response: ServerResponse, failure: FlowError) => {
    const id = makeId();
    log.info("request refused", { requestId: id, status: failure.http });
    const body = JSON.stringify(errorAnswer(failure, id));
    const length = { "content-length": new TextEncoder().encode(body).length };
    const headers = { ...errorHeaders(failure, id), ...length, "connection": "close" };
    response.writeHead(failure.http, headers).end(body);
  };
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    connections.began(request.socket, response);
    removeRuntimeSpan(response);
    refuse(response, unknownExpectation());
  });
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    // Behind an answer that is still owed it would be mistaken for that.
    if (connections.inFlight(socket).length > 0) return socket.destroy();
    const id = makeId();
    const failure = new MethodError((request.url ?? "").slice(0, 100), "CONNECT", [
      "GET",
      "HEAD",
      "POST",
    ]);
    log.info("request refused", { requestId: id, status: failure.http });
    socket.write(rawAnswer(failure, id));
    socket.destroySoon();
  });
  server.setTimeout(limits.stallTimeout);
  if (limits.maxConnections !== undefined) server.maxConnections = limits.maxConnections;
  server.on("connection", (socket: Socket) => connections.opened(socket));
  const refuseRaw = (socket: Socket, failure: FlowError, reason: string | undefined) => {
    if (!isOwedAnswer(socket, connections.inFlight(socket))) return socket.destroy();
    const id = makeId();
    log.info("request refused", { requestId: id, status: failure.http, reason });
    socket.write(rawAnswer(failure, id));
    socket.destroySoon();
  };
  server.on("clientError", (error: Error & { code?: string }, socket: Socket) => {
    refuseRaw(socket, refusal(error.code), error.code);
  });
  await listen(server, options);
  server.on("error", (error: Error) => log.error("The listener failed", { error: error.message }));

  const { port } = server.address() as AddressInfo;
  const drain = async ({ drainDelay, grace }: DrainOptions) => {
    draining = true;
    connections.lastCall();
    await new Promise<void>((resolve) => clock.after(drainDelay, resolve));
    server.close();
    let cut = 0;
    const cancel = clock.after(grace, () => cut = connections.cut());
    await connections.closeAsTheyFinish();
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

/**
 * Connections that wait to be accepted, which is Linux' own most (net.core.somaxconn). With Node's 511
 * a burst of new callers overflows, and each of them waits a second or more to try again.
 */
const BACKLOG = 4096;

const NOT_OURS = "the host should be an address of this machine";
/** What of an address or port is wrong, by the code of the system's error. */
const LISTEN_FAULTS: Record<string, string> = {
  EADDRINUSE: "the port is in use, it should be free",
  EADDRNOTAVAIL: NOT_OURS,
  // Deno 2.9 gives this code in place of the one before.
  EINVAL: NOT_OURS,
  ENOTFOUND: NOT_OURS,
  EAI_AGAIN: NOT_OURS,
  EACCES: "this user may not take the port, it should be from 1024 on",
};

async function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog: BACKLOG }, resolve);
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? String(error);
    const reason = LISTEN_FAULTS[code] ?? code;
    throw new Error(`Cannot listen on ${urlHost(host)}:${port}: ${reason}`, { cause: error });
  }
}

/** Gives the host of a URL by which this machine reaches a server that listens on `host`. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
