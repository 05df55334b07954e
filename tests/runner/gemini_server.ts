import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { listening, send } from "./provider_server.ts";

/** One request that a Gemini server got. */
export interface GeminiRequest {
  /** Path and query, e.g. `/v1beta/models/gemini-2.0-flash:generateContent`. */
  path: string;
  key: string | null;
  /** The headers of W3C Trace Context. */
  trace: { traceparent: string | undefined; tracestate: string | undefined };
  // deno-lint-ignore no-explicit-any -- tests look deep into it
  body: any;
  /** Aborted when the client has gone away. */
  signal: AbortSignal;
}

/** What a Gemini server answers: a response, or the parts of one candidate. */
export type GeminiAnswer = Response | Record<string, unknown>[];

/** A server that speaks the part of Gemini's REST API that text generation uses. */
export interface GeminiServer extends AsyncDisposable {
  url: string;
  host: string;
  requests: GeminiRequest[];
  /** Resolves with the next request. */
  nextRequest(): Promise<GeminiRequest>;
}

/** The key that the server accepts. */
export const KEY = "AIzaSy-the-right-key";

/**
 * Starts a server that speaks Gemini's API (https://ai.google.dev/api/generate-content). `answer`
 * gives the parts of the answer; streamed, each part is an event of its own.
 */
export async function geminiServer(
  answer: (request: GeminiRequest) => GeminiAnswer | Promise<GeminiAnswer>,
): Promise<GeminiServer> {
  const requests: GeminiRequest[] = [];
  let next = Promise.withResolvers<GeminiRequest>();
  // Deno.serve does not see that a client goes away once it has read a body of 500 bytes.
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const path = request.url!;
    const seen: GeminiRequest = {
      path,
      key: request.headers["x-goog-api-key"]?.toString() ?? null,
      trace: {
        traceparent: request.headers["traceparent"]?.toString(),
        tracestate: request.headers["tracestate"]?.toString(),
      },
      body: await json(request),
      signal: gone.signal,
    };
    requests.push(seen);
    next.resolve(seen);
    next = Promise.withResolvers();
    const answered = seen.key === KEY ? await answer(seen) : badKey();
    await send(response, answered instanceof Response ? answered : success(path, answered));
  });
  return { ...await listening(server), requests, nextRequest: () => next.promise };
}

function success(path: string, parts: Record<string, unknown>[]): Response {
  if (!path.endsWith(":streamGenerateContent?alt=sse")) return Response.json(body(parts, true));
  const events = parts.map((part, i) => event([part], i === parts.length - 1));
  return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
}

/** One server-sent event with a part of an answer. */
export function event(parts: Record<string, unknown>[], last = false): string {
  return `data: ${JSON.stringify(body(parts, last))}\r\n\r\n`;
}

/** An error as Google's APIs give it. */
export function geminiError(
  code: number,
  status: string,
  { details = [], headers = {} }: { details?: unknown[]; headers?: Record<string, string> } = {},
): Response {
  const message = `Something about key ${KEY} and the prompt`;
  return Response.json({ error: { code, status, message, details } }, { status: code, headers });
}

function badKey(): Response {
  const reason = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "API_KEY_INVALID",
    domain: "googleapis.com",
  };
  return geminiError(400, "INVALID_ARGUMENT", { details: [reason] });
}

function body(parts: Record<string, unknown>[], last: boolean) {
  return {
    candidates: [{
      content: { role: "model", parts },
      index: 0,
      ...last && { finishReason: "STOP" },
    }],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 },
    modelVersion: "gemini-2.0-flash",
  };
}
