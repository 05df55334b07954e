import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { listening, send } from "./provider_server.ts";
import { eventMessage } from "./event_stream_message.ts";
import { isSigned } from "./sigv4.ts";

/** One request that a Bedrock server got. */
export interface BedrockRequest {
  /** With its escapes, e.g. `/model/amazon.nova-lite-v1%3A0/converse`. */
  path: string;
  /** Whether it asks for a stream. */
  stream: boolean;
  headers: Record<string, string | undefined>;
  // deno-lint-ignore no-explicit-any -- tests look deep into it
  body: any;
  /** Aborted when the client has gone away. */
  signal: AbortSignal;
}

/** What a Bedrock server answers: a response, or a message of the model. */
export type BedrockAnswer = Response | {
  content: Record<string, unknown>[];
  stopReason?: string;
  usage?: Record<string, number>;
};

/** A server that speaks the part of Bedrock's API that Converse is. */
export interface BedrockServer extends AsyncDisposable {
  url: string;
  host: string;
  requests: BedrockRequest[];
  /** Resolves with the next request. */
  nextRequest(): Promise<BedrockRequest>;
}

/** The credentials that the server accepts. */
export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIATHERIGHTKEYID",
  AWS_SECRET_ACCESS_KEY: "the-right/secret+key",
};
/** The bearer token that the server accepts. */
export const BEARER = "bedrock-api-key-the-right-one";

const USAGE = { inputTokens: 7, outputTokens: 3, totalTokens: 10 };

/**
 * Starts a server that speaks Converse and ConverseStream
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html), and checks
 * the signature or the bearer token of each request. A message of the model is streamed in pieces.
 */
export async function bedrockServer(
  answer: (request: BedrockRequest) => BedrockAnswer | Promise<BedrockAnswer>,
): Promise<BedrockServer> {
  const requests: BedrockRequest[] = [];
  let next = Promise.withResolvers<BedrockRequest>();
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const bytes = new Uint8Array(await buffer(request));
    const path = request.url!;
    const seen: BedrockRequest = {
      path,
      stream: path.endsWith("/converse-stream"),
      headers: request.headers as Record<string, string>,
      body: JSON.parse(new TextDecoder().decode(bytes)),
      signal: gone.signal,
    };
    requests.push(seen);
    next.resolve(seen);
    next = Promise.withResolvers();
    const { authorization } = request.headers;
    const refused = authorization === `Bearer ${BEARER}` || path === "/tool" ||
        isSigned(request, bytes, CREDENTIALS.AWS_SECRET_ACCESS_KEY)
      ? undefined
      : bedrockError(403, "UnrecognizedClientException");
    const answered = refused ?? await answer(seen);
    await send(response, answered instanceof Response ? answered : converseAnswer(seen, answered));
  });
  return { ...await listening(server), requests, nextRequest: () => next.promise };
}

/** An error as Bedrock gives it. */
export function bedrockError(
  code: number,
  type: string,
  headers: Record<string, string> = {},
): Response {
  const message = `Something about ${CREDENTIALS.AWS_ACCESS_KEY_ID}, ${BEARER} and Greet Ann`;
  return Response.json({ message }, {
    status: code,
    headers: { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/`, ...headers },
  });
}

/** A stream of messages in Amazon's event stream format. */
export function eventStream(messages: readonly Uint8Array[]): Response {
  const body = new Blob(messages as Uint8Array<ArrayBuffer>[]).stream();
  return new Response(body, { headers: { "content-type": "application/vnd.amazon.eventstream" } });
}

/** The events of a streamed message: each text in two pieces, each tool's input in three. */
export function converseEvents(
  { content, stopReason = "end_turn", usage = USAGE }: Exclude<BedrockAnswer, Response>,
): Uint8Array[] {
  const blocks = content.flatMap((block, contentBlockIndex) => {
    const { toolUse, text, reasoningContent } = block as {
      toolUse?: { toolUseId: string; name: string; input: unknown };
      text?: string;
      reasoningContent?: { reasoningText: { text: string; signature: string } };
    };
    const delta = (delta: unknown) =>
      eventMessage("contentBlockDelta", { contentBlockIndex, delta });
    const start = toolUse
      ? [eventMessage("contentBlockStart", {
        contentBlockIndex,
        start: { toolUse: { toolUseId: toolUse.toolUseId, name: toolUse.name } },
      })]
      : [];
    const deltas = toolUse
      ? pieces(JSON.stringify(toolUse.input), 3).map((input) => delta({ toolUse: { input } }))
      : reasoningContent
      ? [
        delta({ reasoningContent: { text: reasoningContent.reasoningText.text } }),
        delta({ reasoningContent: { signature: reasoningContent.reasoningText.signature } }),
      ]
      : pieces(text ?? "", 2).map((text) => delta({ text }));
    return [...start, ...deltas, eventMessage("contentBlockStop", { contentBlockIndex })];
  });
  return [
    eventMessage("messageStart", { role: "assistant" }),
    ...blocks,
    eventMessage("messageStop", { stopReason }),
    eventMessage("metadata", { usage, metrics: { latencyMs: 1 } }),
  ];
}

/** A message of the model as Bedrock gives it, whole or as a stream. */
export function converseAnswer(
  { stream }: Pick<BedrockRequest, "stream">,
  message: Exclude<BedrockAnswer, Response>,
): Response {
  if (stream) return eventStream(converseEvents(message));
  const { content, stopReason = "end_turn", usage = USAGE } = message;
  return Response.json({
    output: { message: { role: "assistant", content } },
    stopReason,
    usage,
    metrics: { latencyMs: 1 },
  });
}

function pieces(text: string, count: number): string[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size));
}
