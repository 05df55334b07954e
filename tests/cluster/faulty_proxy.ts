import { setTimeout as delay } from "node:timers/promises";
import { type ApiRequest, parseApiRequest } from "./api_request.ts";
import { DisturbedStream } from "./disturbed_stream.ts";
import { Gate } from "./gate.ts";
import { statusObject, statusResponse } from "./status_response.ts";

/** A request that the proxy saw. */
export interface SeenRequest extends ApiRequest {
  /** The status that the client got; undefined while there is no answer. */
  status: number | undefined;
  /** What a write sent, as text. */
  body: string | undefined;
}

/** Which requests a fault is for; all where absent. */
export type Match = (request: ApiRequest) => boolean;

/** Requests that are answered with an error instead of being forwarded. */
export interface Failure {
  /** For example 429, 500, 503, 409 or 410. */
  status: number;
  match?: Match | undefined;
  /** How many requests fail; all where absent. */
  times?: number | undefined;
  /** The part of the requests that fail, from 0 to 1; all where absent. */
  fraction?: number | undefined;
  /** The seconds of `Retry-After`. */
  retryAfter?: number | undefined;
}

/** A proxy before an API server, whose faults a test switches on and off. It speaks plain HTTP. */
export interface FaultyProxy extends AsyncDisposable {
  /** Such as `"http://127.0.0.1:12345"`. */
  readonly url: string;
  /** All requests so far, oldest first. Empty it to count anew. */
  readonly requests: SeenRequest[];
  /** How many requests there were, by `"verb resource status"`, such as `"apply services 201"`. */
  counts(): Record<string, number>;
  /** Resolves with the next request that matches, when it has its status. */
  next(match: Match): Promise<SeenRequest>;
  /** Lets each request wait for so many milliseconds; 0 for none. */
  delay(ms: number): void;
  /** Answers requests with an error. Later failures come first. */
  fail(failure: Failure): void;
  /** The open watches. */
  watches(match?: Match): ApiRequest[];
  /** Breaks the connections of open watches. */
  dropWatches(match?: Match): Promise<void>;
  /** Sends a line in open watches: no JSON, or an event that the server did not send. */
  sendInWatches(line: string, match?: Match): void;
  /** Sends open watches an ERROR event of 410 Expired, and ends them. */
  expireWatches(match?: Match): Promise<void>;
  /**
   * Goes silent: requests are accepted and not forwarded, open answers stay open and no byte of them
   * comes any more, until all is healed.
   */
  silence(): void;
  /** Goes silent on open watches only, for ever: new ones work. */
  silenceWatches(match?: Match): void;
  /** Ends delays, failures and silence. What was held back goes on. */
  heal(): void;
  stop(): Promise<void>;
}

/** Where the proxy forwards to, and how it chooses what fails. */
export interface FaultyProxyOptions {
  /** The API server's address. */
  url: string;
  /** The certificate that the API server's is signed with, as PEM. */
  ca: string;
  /** Gives numbers from 0 to 1, without 1, for failures of a fraction. */
  random?: () => number;
}

/** Starts a proxy before an API server; tokens pass through, and answers stream. */
export function startFaultyProxy(
  { url, ca, random = Math.random }: FaultyProxyOptions,
): FaultyProxy {
  // A connection a request: with HTTP/2, a silent answer would hold up the others.
  const client = Deno.createHttpClient({ caCerts: [ca], http2: false });
  const requests: SeenRequest[] = [];
  const answers = new Map<SeenRequest, { stream: DisturbedStream; gate: Gate }>();
  const everything = new Gate();
  const listeners = new Set<(request: SeenRequest) => void>();
  const stopped = new AbortController();
  let failures: Failure[] = [];
  let latency = 0;

  const takeFailure = (request: ApiRequest) => {
    const failure = failures.find(({ match, times, fraction }) =>
      times !== 0 && (match?.(request) ?? true) && (fraction === undefined || random() < fraction)
    );
    if (failure?.times !== undefined) failure.times--;
    return failure;
  };
  const respond = async (request: Request, seen: SeenRequest): Promise<Response> => {
    const { signal } = stopped;
    await everything.pass(signal);
    if (latency > 0) await delay(latency, undefined, { signal });
    const failure = takeFailure(seen);
    if (failure) return statusResponse(failure.status, failure.retryAfter);
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    // Lines of our own fit only into an answer that is not compressed.
    headers.set("accept-encoding", "identity");
    const response = await fetch(url + pathname + search, {
      method: request.method,
      headers,
      client,
      signal,
      ...(seen.body === undefined ? {} : { body: seen.body }),
    });
    await everything.pass(signal);
    return response;
  };
  const answer = async (request: Request): Promise<Response> => {
    const seen: SeenRequest = { ...parseApiRequest(request), status: undefined, body: undefined };
    requests.push(seen);
    if (request.body !== null) seen.body = await request.text();
    const response = await respond(request, seen);
    seen.status = response.status;
    for (const listener of [...listeners]) listener(seen);
    if (response.body === null) return response;
    const gate = new Gate();
    const pass = async (signal: AbortSignal) => {
      await everything.pass(signal);
      await gate.pass(signal);
    };
    const stream = new DisturbedStream(response.body, pass, () => answers.delete(seen));
    answers.set(seen, { stream, gate });
    return new Response(stream.body, { status: response.status, headers: response.headers });
  };
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    // The API server is down, or the test stops the proxy.
    onError: () => statusResponse(503),
  }, answer);
  const openWatches = (match: Match = () => true) =>
    [...answers].filter(([seen]) => seen.verb === "watch" && match(seen));
  const heal = () => {
    latency = 0;
    failures = [];
    everything.open();
  };

  const stop = async () => {
    heal();
    stopped.abort();
    await Promise.all([...answers.values()].map(({ stream }) => stream.break()));
    await server.shutdown();
    client.close();
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { verb, resource, subresource, status } of requests) {
        const path = subresource === undefined ? resource : `${resource}/${subresource}`;
        const key = `${verb} ${path} ${status ?? "-"}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    },
    next: (match) =>
      new Promise((resolve) => {
        const listener = (request: SeenRequest) => {
          if (!match(request)) return;
          listeners.delete(listener);
          resolve(request);
        };
        listeners.add(listener);
      }),
    delay: (ms) => {
      latency = ms;
    },
    fail: (failure) => {
      failures.unshift({ ...failure });
    },
    watches: (match) => openWatches(match).map(([seen]) => seen),
    dropWatches: async (match) => {
      await Promise.all(openWatches(match).map(([, { stream }]) => stream.break()));
    },
    sendInWatches: (line, match) => {
      for (const [, { stream }] of openWatches(match)) stream.send(line);
    },
    expireWatches: async (match) => {
      const line = JSON.stringify({ type: "ERROR", object: statusObject(410) });
      for (const [, { stream }] of openWatches(match)) {
        stream.send(line);
        await stream.close();
      }
    },
    silence: () => everything.close(),
    silenceWatches: (match) => {
      for (const [, { gate }] of openWatches(match)) gate.close();
    },
    heal,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
