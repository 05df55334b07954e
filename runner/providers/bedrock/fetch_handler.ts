/** A request as the AWS SDK signs it (`HttpRequest` of @smithy/core). */
interface SignedRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  method: string;
  headers: Record<string, string>;
  body?: unknown;
}

/** A response as the AWS SDK reads it. */
interface SdkResponse {
  response: {
    statusCode: number;
    reason: string;
    headers: Record<string, string>;
    body: ReadableStream<Uint8Array> | Uint8Array;
  };
}

/**
 * Sends the requests of the AWS SDK through `fetch`, in place of its own handler over node:http2:
 * so the limits that a sandbox lays on `fetch` hold for them too, and a local server is reached by
 * HTTP/1.1. Redirects are not followed, as the signature is meant for one host.
 */
export class FetchHandler {
  readonly metadata = { handlerProtocol: "http/1.1" };
  #fetch: () => typeof globalThis.fetch;

  /** @param fetch Asked for at each request, as sandboxes put their own in place after loading. */
  constructor(fetch: () => typeof globalThis.fetch = () => globalThis.fetch) {
    this.#fetch = fetch;
  }

  /** Sends one request. A failing `fetch` rejects with its own error. */
  async handle(
    request: SignedRequest,
    // The SDK has a type of its own for signals, with less in it.
    { abortSignal }: { abortSignal?: unknown } = {},
  ): Promise<SdkResponse> {
    // `fetch` sets both by itself, and refuses to be told.
    const { host: _host, "content-length": _length, ...headers } = request.headers;
    const response = await this.#fetch()(urlOf(request), {
      method: request.method,
      headers,
      body: request.body as BodyInit | null ?? null,
      redirect: "manual",
      ...abortSignal instanceof AbortSignal && { signal: abortSignal },
    });
    return {
      response: {
        statusCode: response.status,
        reason: response.statusText,
        headers: Object.fromEntries(response.headers),
        body: response.body ?? new Uint8Array(),
      },
    };
  }

  /** Part of the SDK's interface: there is nothing to set. */
  updateHttpClientConfig(): void {}

  /** Part of the SDK's interface: there is nothing to set. */
  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  /** Part of the SDK's interface: `fetch` keeps its connections by itself. */
  destroy(): void {}
}

function urlOf({ protocol, hostname, port, path, query = {} }: SignedRequest): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((item) =>
      `${encodeURIComponent(key)}${item === null ? "" : `=${encodeURIComponent(item)}`}`
    )
  );
  const search = pairs.length > 0 ? `?${pairs.join("&")}` : "";
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${search}`;
}
