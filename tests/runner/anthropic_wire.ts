import { loadFlow } from "../../runner/sandbox/flow.ts";
import { flowDefinition } from "./flow_definition.ts";
import type { Wire, WireAnswer } from "./provider_matrix.ts";
import { eventStream, type ProviderRequest } from "./provider_server.ts";

/** The blocks of an answer of the Messages API. */
export function answerBlocks(
  { texts = [], toolCalls = [] }: WireAnswer,
): Record<string, unknown>[] {
  return [
    ...texts.length > 0 ? [{ type: "text", text: texts.join("") }] : [],
    ...toolCalls.map(({ name, input }, i) => ({ type: "tool_use", id: `toolu_${i}`, name, input })),
  ];
}

/** One server-sent event of the Messages API: its name is in its data as well. */
export function anthropicEvent(type: string, fields: Record<string, unknown> = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const START = { input_tokens: 9, cache_creation_input_tokens: 3, cache_read_input_tokens: 5 };

/** The beginning of a streamed message. */
export function messageStart(): string {
  const message = { id: "msg_1", type: "message", role: "assistant", content: [] };
  return anthropicEvent("message_start", {
    message: { ...message, stop_reason: null, usage: { ...START, output_tokens: 1 } },
  }) + anthropicEvent("ping");
}

/** The events of one block, with its deltas. */
export function blockEvents(
  index: number,
  content_block: Record<string, unknown>,
  deltas: Record<string, unknown>[],
): string {
  return anthropicEvent("content_block_start", { index, content_block }) +
    deltas.map((delta) => anthropicEvent("content_block_delta", { index, delta })).join("") +
    anthropicEvent("content_block_stop", { index });
}

/** The end of a streamed message. */
export function messageEnd(stop_reason: string): string {
  return anthropicEvent("message_delta", {
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 3, input_tokens: null },
  }) + anthropicEvent("message_stop");
}

/** An answer of the Messages API, whole. */
export function anthropicMessage(
  content: Record<string, unknown>[],
  stop_reason = "end_turn",
): Response {
  return Response.json({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content,
    stop_reason,
    usage: { ...START, output_tokens: 3 },
  });
}

function streamed({ texts = [], toolCalls = [] }: WireAnswer): Response {
  const text = texts.length === 0 ? [] : [blockEvents(
    0,
    { type: "text", text: "" },
    texts.map((text) => ({ type: "text_delta", text })),
  )];
  const calls = toolCalls.map(({ name, input }, i) =>
    blockEvents(
      text.length + i,
      { type: "tool_use", id: `toolu_${i}`, name, input: {} },
      ["", ...JSON.stringify(input).match(/.{1,4}/gs)!]
        .map((partial_json) => ({ type: "input_json_delta", partial_json })),
    )
  );
  const end = messageEnd(toolCalls.length > 0 ? "tool_use" : "end_turn");
  return eventStream(messageStart(), ...text, ...calls, end);
}

/** The name of an error, by its status (https://platform.claude.com/docs/en/api/errors). */
const KINDS: Record<number, string> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** An error of the Messages API. */
export function anthropicError(
  code: number,
  { key, headers = {} }: { key: string; headers?: Record<string, string> },
): Response {
  const error = {
    type: KINDS[code] ?? "invalid_request_error",
    message: `Something about ${key} and "Greet Ann"`,
  };
  return Response.json({ type: "error", error, request_id: "req_1" }, { status: code, headers });
}

/** The outputs of tools in the last message of a request. */
export function anthropicToolOutputs({ body }: ProviderRequest): unknown[] {
  const { content } = body.messages.at(-1);
  return content.filter(({ type }: { type: string }) => type === "tool_result")
    .map(({ content }: { content: { text: string }[] }) => JSON.parse(content[0]!.text));
}

/** The answer, and a stream's beginning, in the format of the Messages API. */
export const messagesFormat: Pick<Wire, "streams" | "answer" | "begin" | "toolOutputs"> = {
  streams: ({ body }) => body.stream === true,
  answer: ({ body }, answer) =>
    body.stream
      ? streamed(answer)
      : anthropicMessage(answerBlocks(answer), answer.toolCalls ? "tool_use" : "end_turn"),
  begin: (text) =>
    messageStart() + anthropicEvent("content_block_start", {
      index: 0,
      content_block: { type: "text", text: "" },
    }) + anthropicEvent("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
  toolOutputs: anthropicToolOutputs,
};

const KEY = "sk-ant-the-right-key";

/** Anthropic's API. */
export const anthropicWire: Wire = {
  provider: "anthropic",
  key: KEY,
  load: (url, { source, tools = [], key }) =>
    loadFlow({
      definition: flowDefinition({ main: source }, {
        config: {
          plugin: { type: "anthropic", extraConfig: { baseURL: url } },
          defaultModel: { provider: "anthropic", model: "claude-haiku-4-5" },
        },
        tools,
      }),
      credentials: { ANTHROPIC_API_KEY: key },
    }),
  keyOf: ({ headers }) => headers.get("x-api-key"),
  ...messagesFormat,
  error: (code, headers = {}) => anthropicError(code, { key: KEY, headers }),
};
