/** How to reach an API server. */
export interface ApiOptions {
  url: string;
  /** The certificates that it may show, as PEM. */
  ca: string;
  token: string;
}

/** A request that the API server refused, or, with status 0, that had no whole answer. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;

  constructor(message: string, status: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** One event of a watch, as the API server sends it. */
export interface ApiEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

/**
 * The test harness's own way to the API server: the operator's client is under test. A request is
 * sent once.
 */
export interface Api extends Disposable {
  /** Sends a request and gives the object of its answer. Throws {@linkcode ApiFailure}. */
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown>;
  /** Opens a watch: `path` with its query. It ends when the server ends it. */
  watch(path: string, signal: AbortSignal): AsyncIterable<ApiEvent>;
}

/** Makes the harness's client of an API server. */
export function connectApi({ url, ca, token }: ApiOptions): Api {
  const client = Deno.createHttpClient({ caCerts: [ca] });
  const authorization = `Bearer ${token}`;
  const lost = (what: string) => (cause: unknown): never => {
    throw new ApiFailure(`${what}: ${cause}`, 0, cause);
  };
  return {
    async send(method, path, body, contentType = "application/json") {
      const what = `${method} ${path}`;
      const response = await fetch(url + path, {
        method,
        client,
        headers: { authorization, "content-type": contentType },
        ...body !== undefined && { body: JSON.stringify(body) },
      }).catch(lost(what));
      const text = await response.text().catch(lost(what));
      if (response.ok) return JSON.parse(text);
      throw new ApiFailure(`${what}: ${response.status} ${text}`, response.status);
    },
    async *watch(path, signal) {
      const what = `watch ${path}`;
      const options = { client, signal, headers: { authorization } };
      const response = await fetch(url + path, options).catch(lost(what));
      if (!response.ok || response.body === null) {
        throw new ApiFailure(`${what}: ${response.status} ${await response.text()}`, 0);
      }
      let rest = "";
      try {
        for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) yield JSON.parse(line);
        }
      } catch (error) {
        lost(what)(error);
      }
    },
    [Symbol.dispose]: () => client.close(),
  };
}
