/** A request of {@linkcode steadyLoad}, once its answer is read to the end; times of performance.now. */
export interface LoadCall {
  flow: string;
  streamed: boolean;
  begun: number;
  ended: number;
  /** What the flow answered; absent where there was no whole answer of status 200. */
  text?: string;
  fault?: string;
}

/** A load that goes on until it is stopped. */
export interface SteadyLoad {
  /** Everything that is answered so far, in the order of the ends. */
  readonly calls: readonly LoadCall[];
  /** Resolves with the first call that ends from now on, and is as it should be. */
  next(should: (call: LoadCall) => boolean): Promise<LoadCall>;
  /** Resolves when this many more calls have ended. */
  more(count: number): Promise<void>;
  /** Sends nothing new, and waits for what is in flight. */
  stop(): Promise<void>;
}

/** Milliseconds between two requests of a client: a load, and not as much as the server takes. */
const PACE = 15;

/**
 * Asks all `flows` by turns. Of each kind, whole or streamed, over kept or new connections, there are
 * `clients`; each waits `pace` milliseconds between two requests.
 */
export function steadyLoad(
  url: string,
  flows: readonly string[],
  { clients = 1, pace = PACE }: { clients?: number; pace?: number } = {},
): SteadyLoad {
  const calls: LoadCall[] = [];
  let told = Promise.withResolvers<void>();
  let stopped = false;
  let turn = 0;
  const kept = Deno.createHttpClient({});
  // A pool without room makes a connection for each request.
  const fresh = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const client = async (streamed: boolean, client: Deno.HttpClient) => {
    while (!stopped) {
      const flow = flows[turn++ % flows.length]!;
      calls.push(await ask(`${url}/${flow}`, { flow, streamed, client }));
      told.resolve();
      told = Promise.withResolvers();
      await new Promise((resolve) => setTimeout(resolve, pace));
    }
  };
  const running = [kept, fresh].flatMap((connections) =>
    [true, false].flatMap((streamed) =>
      Array.from({ length: clients }, () => client(streamed, connections))
    )
  );
  return {
    calls,
    async next(should) {
      for (let seen = calls.length;; seen++) {
        while (calls[seen] === undefined) await told.promise;
        if (should(calls[seen]!)) return calls[seen]!;
      }
    },
    async more(count) {
      const wanted = calls.length + count;
      while (calls.length < wanted) await told.promise;
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
      kept.close();
      fresh.close();
    },
  };
}

async function ask(
  url: string,
  { flow, streamed, client }: { flow: string; streamed: boolean; client: Deno.HttpClient },
): Promise<LoadCall> {
  const begun = performance.now();
  const over = () => ({ flow, streamed, begun, ended: performance.now() });
  try {
    const response = await fetch(url, {
      method: "POST",
      body: "{}",
      headers: streamed ? { accept: "text/event-stream" } : {},
      client,
    });
    const body = await response.text();
    if (response.status !== 200) return { ...over(), fault: `${response.status}: ${body}` };
    return { ...over(), text: streamed ? streamedText(body) : body };
  } catch (error) {
    return { ...over(), fault: String(error) };
  }
}

/** The chunks of a stream, which must be what its last event says. */
function streamedText(body: string): string {
  const events = [...body.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!));
  const result = events.pop()?.result;
  const chunks = events.map(({ message }) => message).join("");
  if (chunks !== result) throw new Error(`The chunks are "${chunks}", the result is "${result}"`);
  return result;
}
