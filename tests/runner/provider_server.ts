import { setImmediate } from "node:timers";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One request that a provider's server got. */
export interface ProviderRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look deep into it
  body: any;
  /** Aborted when the client has gone away. */
  signal: AbortSignal;
}

/** A server that stands for a provider's. */
export interface ProviderServer extends AsyncDisposable {
  url: string;
  requests: ProviderRequest[];
}

/** Starts a server on this machine that answers by calling `answer`. Its body is JSON or a form. */
export function providerServer(
  answer: (request: ProviderRequest) => Response | Promise<Response>,
): Promise<ProviderServer> {
  const requests: ProviderRequest[] = [];
  // Deno.serve does not see that a client goes away once it has read a body of 500 bytes.
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    const sent = await text(request).catch(() => undefined);
    // Its client went away before it had said what it wants.
    if (sent === undefined) return;
    const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
    const seen: ProviderRequest = {
      method: request.method!,
      path: request.url!,
      headers,
      body: sent === ""
        ? undefined
        : isForm
        ? Object.fromEntries(new URLSearchParams(sent))
        : JSON.parse(sent),
      signal: gone.signal,
    };
    requests.push(seen);
    await send(response, await answer(seen));
  });
  return listening(server).then((address) => ({ ...address, requests }));
}

/** Where a server listens, and its end. */
export interface Listening extends AsyncDisposable {
  url: string;
  /** `127.0.0.1:<port>`. */
  host: string;
}

/** Lets a server listen at a free port of this machine; its end breaks off what is open. */
export function listening(server: Server): Promise<Listening> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      resolve({
        url: `http://${host}`,
        host,
        [Symbol.asyncDispose]: () => {
          server.closeAllConnections();
          return new Promise((closed) => server.close(() => closed()));
        },
      });
    });
  });
}

/** Sends a response; a body that fails breaks off the connection. */
export async function send(to: ServerResponse, response: Response): Promise<void> {
  to.writeHead(response.status, Object.fromEntries(response.headers));
  try {
    for await (const bytes of response.body ?? []) to.write(bytes);
    to.end();
  } catch {
    to.destroy();
  }
}

/** A stream of server-sent events that is there at once. */
export function eventStream(...events: string[]): Response {
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** A stream that sends `text` and then waits for `then`: forever, or for its fault. */
export function unfinishedStream(text: string, then: Promise<"end" | "drop">): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    async pull(controller) {
      if (await then === "drop") controller.error(new Error("broken off"));
      else controller.close();
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** The same text in pieces of `size` bytes, so that lines and letters are cut anywhere. */
export function inPieces(response: Response, size: number): Response {
  const pieces = async function* () {
    const bytes = new Uint8Array(await response.arrayBuffer());
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.slice(at, at + size);
      // A turn of the event loop, so that each piece is a read of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return new Response(ReadableStream.from(pieces()), { headers: response.headers });
}
