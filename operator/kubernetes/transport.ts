import type { ClusterAccess } from "./cluster_access.ts";
import { ApiError } from "./api_error.ts";

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
   * Called immediately before each send of a write, retries too; what it throws stops the send. So no
   * write starts once the lease may be another's.
   */
  beforeWrite?(): void;
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
      ...options,
    };
    const { ca, clientCertificate } = options.access;
    this.#http = Deno.createHttpClient({
      ...ca !== undefined && { caCerts: [ca] },
      ...clientCertificate !== undefined && clientCertificate,
      // One connection a request in flight: a connection that has gone silent holds up one, not all.
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
   * @throws {ApiError} of status 0 where there is no answer.
   */
  async send(request: ApiRequest): Promise<Response> {
    const { access, userAgent, observe, beforeWrite, readTimeout, writeTimeout } = this.#options;
    const { method, path, query = {}, body, contentType, accept, action, verb, resource } = request;
    const url = new URL(`${access.server.replace(/\/+$/, "")}${path}`);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const timeout = method === "GET" ? readTimeout : writeTimeout;
    const expired = new AbortController();
    const timer = setTimeout(() => expired.abort(new Expired(timeout)), timeout);
    Deno.unrefTimer(timer);
    const signals = [expired.signal, ...request.signal ? [request.signal] : []];
    const began = performance.now();
    let code = 0;
    try {
      const headers = new Headers(await access.headers());
      headers.set("accept", accept ?? "application/json");
      headers.set("user-agent", userAgent);
      if (body !== undefined) headers.set("content-type", contentType ?? "application/json");
      if (method !== "GET") beforeWrite();
      const response = await fetch(url, {
        method,
        headers,
        ...body !== undefined && { body: JSON.stringify(body) },
        client: this.#http,
        redirect: "manual",
        signal: AbortSignal.any(signals),
      });
      code = response.status;
      if (verb === "watch" && response.ok) {
        clearTimeout(timer);
        return response;
      }
      // Read here, so that the time limit is over all of it.
      const text = await response.text();
      return new Response(hasBody(code) ? text : null, { status: code, headers: response.headers });
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      if (error instanceof WriteRefused) throw error;
      const why = expired.signal.aborted ? String(expired.signal.reason.message) : reach(error);
      throw new ApiError(`Cannot ${action}: ${why}`, { status: 0, cause: error });
    } finally {
      clearTimeout(timer);
      observe({ verb, resource, code, seconds: (performance.now() - began) / 1000 });
    }
  }
}

/** Thrown by `beforeWrite` where a write may not start. */
export class WriteRefused extends Error {
  override readonly name = "WriteRefused";
}

class Expired extends Error {
  constructor(ms: number) {
    super(`the API server did not answer within ${ms / 1000} s`);
  }
}

function hasBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

function reach(error: unknown): string {
  return `the API server cannot be reached: ${(error as Error)?.message ?? String(error)}`;
}
