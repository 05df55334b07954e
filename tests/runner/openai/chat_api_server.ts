import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { listening, send } from "../provider_server.ts";

/** One request that a server got. */
export interface ApiRequest {
  /** Path and query. */
  path: string;
  headers: Record<string, string | undefined>;
  // deno-lint-ignore no-explicit-any -- tests look deep into it
  body: any;
  /** Aborted when the client has gone away. */
  signal: AbortSignal;
}

/** What a model says: a message's fields and how it ended. */
export interface Said {
  content?: string | null;
  tool_calls?: { id?: string; type?: string; function: { name: string; arguments: string } }[];
  refusal?: string;
  reasoning_content?: string;
  /** `stop`, or `tool_calls` where there are some. */
  finish_reason?: string;
}

/** A server that speaks OpenAI's chat completions API. */
export interface ChatApiServer extends AsyncDisposable {
  /** Without a path. */
  url: string;
  requests: ApiRequest[];
  /** Resolves with the next request. */
  nextRequest(): Promise<ApiRequest>;
}

/** The key that the server accepts, as a bearer token or in `api-key`. */
export const KEY = "sk-the-right-key";

/** The tokens of every answer. */
export const USAGE = {
  prompt_tokens: 7,
  completion_tokens: 3,
  total_tokens: 10,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 2, audio_tokens: 0 },
};

/**
 * Starts a server that speaks OpenAI's chat completions API
 * (https://platform.openai.com/docs/api-reference/chat). `answer` gives what the model says;
 * streamed, texts come word by word, and a call of a tool in pieces.
 */
export async function chatApiServer(
  answer: (request: ApiRequest) => Said | Response | Promise<Said | Response>,
  { key = KEY }: { key?: string } = {},
): Promise<ChatApiServer> {
  const requests: ApiRequest[] = [];
  let next = Promise.withResolvers<ApiRequest>();
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const seen: ApiRequest = {
      path: request.url!,
      headers: request.headers as ApiRequest["headers"],
      body: await json(request),
      signal: gone.signal,
    };
    requests.push(seen);
    next.resolve(seen);
    next = Promise.withResolvers();
    const { authorization, "api-key": apiKey } = seen.headers;
    const accepted = authorization === `Bearer ${key}` || apiKey === key;
    const answered = accepted ? await answer(seen) : wrongKey();
    await send(response, answered instanceof Response ? answered : chatAnswer(seen, answered));
  });
  return { ...await listening(server), requests, nextRequest: () => next.promise };
}

/** An error as the API gives it; its message quotes what no caller may see. */
export function apiError(
  status: number,
  { headers = {}, ...error }: {
    type?: string;
    code?: string | number | null;
    param?: string;
    innererror?: unknown;
    headers?: Record<string, string>;
  } = {},
): Response {
  const message = `Something about key ${KEY} and the prompt "Greet Ann"`;
  return Response.json({ error: { message, ...error } }, { status, headers });
}

/** The events of a streamed answer, the last one with its tokens, and `[DONE]`. */
export function events(said: Said): string[] {
  const deltas: Record<string, unknown>[] = [{ role: "assistant", content: "" }];
  if (said.reasoning_content) deltas.push({ reasoning_content: said.reasoning_content });
  for (const content of said.content?.match(/\s*\S+/g) ?? []) deltas.push({ content });
  if (said.refusal) deltas.push({ refusal: said.refusal });
  said.tool_calls?.forEach(({ function: { name, arguments: text }, ...call }, index) => {
    deltas.push({
      tool_calls: [{ index, type: "function", ...call, function: { name, arguments: "" } }],
    });
    for (const piece of text.match(/.{1,5}/gs) ?? []) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  });
  return [
    ...deltas.map((delta) => event({ choices: [{ index: 0, delta, finish_reason: null }] })),
    event({ choices: [{ index: 0, delta: {}, finish_reason: finishReason(said) }] }),
    event({ choices: [], usage: USAGE }),
    "data: [DONE]\n\n",
  ];
}

/** One event of a streamed answer. */
export function event(chunk: Record<string, unknown>): string {
  const whole = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, ...chunk };
  return `data: ${JSON.stringify(whole)}\n\n`;
}

/** A response of events; where `end` rejects, the connection breaks off, where it waits, it stalls. */
export function eventStream(events: readonly string[], end?: Promise<void>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(events.join(""))),
    async pull(controller) {
      await end;
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** A whole answer, or a stream where the request asks for one. */
export function chatAnswer({ body }: Pick<ApiRequest, "body">, said: Said): Response {
  if (body.stream) return eventStream(events(said));
  const { finish_reason: _, ...message } = said;
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: body.model,
    choices: [{
      index: 0,
      message: { role: "assistant", content: null, ...message },
      finish_reason: finishReason(said),
    }],
    usage: USAGE,
  });
}

function finishReason({ finish_reason, tool_calls }: Said): string {
  return finish_reason ?? (tool_calls ? "tool_calls" : "stop");
}

function wrongKey(): Response {
  return apiError(401, { type: "invalid_request_error", code: "invalid_api_key" });
}
