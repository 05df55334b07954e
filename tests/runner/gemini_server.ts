/** One request that a Gemini server got. */
export interface GeminiRequest {
  /** Path and query, e.g. `/v1beta/models/gemini-2.0-flash:generateContent`. */
  path: string;
  key: string | null;
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
export function geminiServer(
  answer: (request: GeminiRequest) => GeminiAnswer | Promise<GeminiAnswer>,
): GeminiServer {
  const requests: GeminiRequest[] = [];
  let next = Promise.withResolvers<GeminiRequest>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const seen: GeminiRequest = {
      path: pathname + search,
      key: request.headers.get("x-goog-api-key"),
      body: await request.json(),
      signal: request.signal,
    };
    requests.push(seen);
    next.resolve(seen);
    next = Promise.withResolvers();
    if (seen.key !== KEY) return badKey();
    const answered = await answer(seen);
    if (answered instanceof Response) return answered;
    if (pathname.endsWith(":streamGenerateContent") && search === "?alt=sse") {
      const events = answered.map((part, i) => event([part], i === answered.length - 1));
      return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } });
    }
    return Response.json(body(answered, true));
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    nextRequest: () => next.promise,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
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
