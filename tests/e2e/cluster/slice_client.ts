import { type Clock, systemClock } from "../../../shared/clock.ts";
import { wait } from "../kubelet/wait.ts";
import type { Api } from "./api.ts";
import { type HttpAnswer, HttpConnection } from "./http_connection.ts";
import { type Endpoint, followEndpoints, type ServiceEndpoints } from "./service_endpoints.ts";

/** Options of {@linkcode startSliceClient}. */
export interface SliceClientOptions {
  api: Api;
  namespace: string;
  service: string;
  /** The name of the Service's port; `"http"` where absent. */
  port?: string;
  /** Milliseconds until a change of the endpoints counts; 0 where absent. */
  lag?: number;
  clock?: Clock;
}

/** A request that had no good answer. */
export interface FailedRequest {
  /** When it was sent, as ISO 8601. */
  time: string;
  pod: string;
  reason: string;
  /** How many requests its connection had served before. */
  served: number;
}

/** What a load was. */
export interface LoadReport {
  /** Requests that were answered well. */
  answered: number;
  /** How many of them each pod answered. */
  byPod: Record<string, number>;
  failed: FailedRequest[];
}

/** Options of {@linkcode SliceClient.load}. */
export interface LoadOptions {
  path: string;
  body: unknown;
  /** How many requests are in flight; 16 where absent. Every second one opens its own connection. */
  inFlight?: number;
  /** Whether an answer is good; status 200 where absent. */
  good?: (answer: HttpAnswer) => boolean;
}

/** A load under way. */
export interface Load {
  /** Requests answered well so far. */
  readonly answered: number;
  /** Requests without a good answer so far. */
  readonly failed: readonly FailedRequest[];
  /** Resolves when so many more requests are answered well. */
  more(count: number): Promise<void>;
  /** Lets the requests in flight end. */
  stop(): Promise<LoadReport>;
}

/** A client of a Service that finds its pods as a node's proxy does. */
export interface SliceClient extends AsyncDisposable {
  endpoints: ServiceEndpoints;
  /** Sends one request on a new connection, once there is an endpoint. */
  post(path: string, body: unknown): Promise<HttpAnswer & { pod: string }>;
  /** Sends requests without a pause until it is told to stop. */
  load(options: LoadOptions): Load;
}

/** Milliseconds that a worker waits after a failure, so that a broken service is not hammered. */
const AFTER_FAILURE = 20;

/**
 * Starts to follow a Service. A new connection goes to any of its usable endpoints; a connection
 * that is kept stays with its pod until one of the two closes it, whatever the slices say.
 */
export async function startSliceClient(options: SliceClientOptions): Promise<SliceClient> {
  const { clock = systemClock, port = "http", lag = 0 } = options;
  const stopping = new AbortController();
  const endpoints = followEndpoints({ ...options, port, lag, clock, signal: stopping.signal });
  await endpoints.ready;
  const loads = new Set<Load>();
  return {
    endpoints,
    async post(path, body) {
      const endpoint = anyOf(await endpoints.until((now) => now.length > 0));
      using connection = await HttpConnection.open(endpoint.ip, endpoint.port);
      const answer = await connection.post({ path, body: JSON.stringify(body), keepAlive: false });
      return { ...answer, pod: endpoint.pod };
    },
    load(wanted) {
      const load = startLoad(endpoints, clock, wanted);
      loads.add(load);
      return load;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...loads].map((load) => load.stop()));
      stopping.abort();
      await endpoints.ended;
    },
  };
}

function startLoad(endpoints: ServiceEndpoints, clock: Clock, options: LoadOptions): Load {
  const { path, inFlight = 16, good = ({ status }) => status === 200 } = options;
  const body = JSON.stringify(options.body);
  const stopping = new AbortController();
  const report: LoadReport = { answered: 0, byPod: {}, failed: [] };
  const waiting = new Set<() => void>();

  const worker = async (keepAlive: boolean) => {
    let open: { connection: HttpConnection; endpoint: Endpoint; served: number } | undefined;
    while (!stopping.signal.aborted) {
      const time = new Date().toISOString();
      let pod = open?.endpoint.pod ?? "";
      try {
        if (open === undefined || open.connection.closed) {
          const endpoint = anyOf(endpoints.now());
          pod = endpoint.pod;
          const connection = await HttpConnection.open(endpoint.ip, endpoint.port);
          open = { connection, endpoint, served: 0 };
        }
        const answer = await open.connection.post({ path, body, keepAlive });
        if (!good(answer)) throw new Error(`${answer.status} ${answer.body.slice(0, 200)}`);
        open.served += 1;
        report.answered += 1;
        report.byPod[pod] = (report.byPod[pod] ?? 0) + 1;
        for (const look of waiting) look();
      } catch (error) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        report.failed.push({ time, pod, reason, served: open?.served ?? 0 });
        open?.connection[Symbol.dispose]();
        open = undefined;
        await wait(clock, AFTER_FAILURE, stopping.signal);
      }
    }
    open?.connection[Symbol.dispose]();
  };
  const workers = Array.from({ length: inFlight }, (_, index) => worker(index % 2 === 0));
  return {
    get answered() {
      return report.answered;
    },
    get failed() {
      return report.failed;
    },
    more(count) {
      const end = report.answered + count;
      return new Promise((resolve) => {
        const look = () => {
          if (report.answered < end) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      });
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers);
      return report;
    },
  };
}

function anyOf(endpoints: Endpoint[]): Endpoint {
  const found = endpoints[Math.floor(Math.random() * endpoints.length)];
  if (found === undefined) throw new Error("the Service has no usable endpoint");
  return found;
}
