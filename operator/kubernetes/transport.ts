import { type Clock, systemClock } from "../../shared/clock.ts";
import { heldFetch } from "../../shared/held_fetch.ts";
import { ApiError, NOT_SENT } from "./api_error.ts";
import type { ClusterAccess } from "./cluster_access.ts";

/** One request to the API server. */
export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From `/api` or `/apis` on. */
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
  /** What to call the request in errors, e.g. `apply Deployment "demo/greeter"`. */
  action: string;
  /** For metrics: `apply`, `watch`, … and the plural of the resource. */
  verb: string;
  resource: string;
}

/** An answer of the API server, of whatever status. */
export interface ApiAnswer {
  status: number;
  /** Whether the status is of the 200s. */
  ok: boolean;
  headers: Headers;
  text(): Promise<string>;
  /** Still open for a watch; null for all other answers, which are read already. */
  body: ReadableStream<Uint8Array> | null;
}

/** What became of a request, for metrics; `code` is 0 where there was no answer. */
export interface RequestOutcome {
  verb: string;
  resource: string;
  code: number;
  seconds: number;
}

/** What {@linkcode Transport} works with. */
export interface TransportOptions {
  access: ClusterAccess;
  /** For example `genkitd/1.0.0 (operator)`. */
  userAgent: string;
  /** Told of every answer's head. */
  observe?(outcome: RequestOutcome): void;
  /**
   * Called immediately before each send of a write, retries too. What it throws stops the send and
   * reaches the caller as it is: so no write starts once the lease may be another's.
   */
  beforeWrite?(): void;
  /** Times requests; the machine's where it is absent. */
  clock?: Clock;
  /** After how many milliseconds without an answer a read fails. */
  readTimeout?: number;
  /** After how many milliseconds without an answer a write fails. */
  writeTimeout?: number;
}

/** Sends requests to one API server with its credentials, each once. */
export class Transport implements Disposable {
  readonly #options: Required<TransportOptions>;
  readonly #http: Deno.HttpClient;

  constructor(options: TransportOptions) {
    this.#options = {
      observe: () => {},
      beforeWrite: () => {},
      readTimeout: 30_000,
      writeTimeout: 4_000,
      clock: systemClock,
      ...options,
    };
    const { ca, clientCertificate, proxy } = options.access;
    this.#http = Deno.createHttpClient({
      ...ca !== undefined && { caCerts: [ca] },
      ...clientCertificate,
      ...proxy !== undefined && { proxy: { url: proxy } },
      // One connection a request in flight: a connection that has gone silent holds up one, not all,
      // and the time limit ends it. HTTP/2 writes no faster (measured at 8 and 16 in flight).
      http2: false,
      poolMaxIdlePerHost: 64,
    });
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }

  /**
   * Sends a request and gives the answer, of whatever status; its body has the rest of the time that
   * the request has, but for a watch, whose body has no limit.
   *
   * @throws {ApiError} of status 0 where there is no answer; its reason is {@linkcode NOT_SENT} where
   *   the request certainly did not reach the API server.
   */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const { access, userAgent, observe, beforeWrite, readTimeout, writeTimeout, clock } =
      this.#options;
    const { method, body, contentType, accept, action, verb, resource } = request;
    const headers = new Headers(await credentials(access, action));
    headers.set("accept", accept ?? "application/json");
    headers.set("user-agent", userAgent);
    if (body !== undefined) headers.set("content-type", contentType ?? "application/json");
    const init = {
      method,
      headers,
      ...body !== undefined && { body: JSON.stringify(body) },
      client: this.#http,
      redirect: "manual",
    } as const;

    if (method !== "GET") beforeWrite();
    const began = clock.now();
    const timeout = method === "GET" ? readTimeout : writeTimeout;
    const expired = new AbortController();
    const cancel = clock.after(timeout, () => expired.abort());
    const signals = [expired.signal, ...request.signal ? [request.signal] : []];
    let code = 0;
    try {
      const signal = AbortSignal.any(signals);
      const response = await heldFetch(addressOf(access.server, request), { ...init, signal });
      code = response.status;
      if (verb === "watch" && response.ok) return response;
      // Read here, so that the time limit is over all of it.
      const text = await response.text();
      const { ok, headers } = response;
      return { status: code, ok, headers, body: null, text: () => Promise.resolve(text) };
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      const late = `the API server did not answer within ${timeout / 1000} s`;
      const { why, reason } = expired.signal.aborted ? { why: late } : faultOf(error);
      throw new ApiError(`Cannot ${action}: ${why}`, { status: 0, reason, cause: error });
    } finally {
      cancel();
      observe({ verb, resource, code, seconds: (clock.now() - began) / 1000 });
    }
  }
}

/** Thrown by `beforeWrite` where a write may not start. */
export class WriteRefused extends Error {
  override readonly name = "WriteRefused";
}

async function credentials(
  access: ClusterAccess,
  action: string,
): Promise<Record<string, string>> {
  try {
    return await access.headers();
  } catch (cause) {
    const why = (cause as Error).message;
    const message = `Cannot ${action}: there are no credentials: ${why}`;
    throw new ApiError(message, { status: 0, reason: NOT_SENT, cause });
  }
}

function addressOf(server: string, { path, query = {} }: ApiRequest): URL {
  const url = new URL(`${server.replace(/\/+$/, "")}${path}`);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url;
}

function faultOf(error: unknown): { why: string; reason?: string } {
  const { message, cause } = error as Error;
  const detail = cause instanceof Error ? cause.message : message;
  // Deno tells only in this text whether a connection came about at all.
  const [, step, said = detail] = /client error \((\w+)\): (.*)$/s.exec(detail) ?? [];
  const why = `the API server cannot be reached: ${said}`;
  return step === "Connect" ? { why, reason: NOT_SENT } : { why };
}
