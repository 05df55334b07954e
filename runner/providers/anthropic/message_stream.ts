import type { Part } from "genkit";
import { asSchema } from "../../schema/json_schema.ts";
import type { ToolNames } from "../tool_names.ts";
import { ProviderHttpError } from "../provider_http_error.ts";
import { readServerSentEvents } from "../server_sent_events.ts";
import { tellAnswer, tellText, tellUsage } from "../../sandbox/turn_usage.ts";
import { type AnswerMessage, finishReason, toPart, toUsage } from "./message_answer.ts";
import type { ContentBlock } from "./message_content.ts";

/** The HTTP statuses of the failures that a stream can name (…/docs/en/api/errors). */
const CODES: Record<string, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The event that ends a message; texts cannot hold it, as their quotes are escaped. */
const isLast = (data: string) => /"type": ?"message_stop"/.test(data);

/**
 * Reads the events of a streamed message
 * (https://platform.claude.com/docs/en/build-with-claude/streaming) and gives the whole message.
 * Texts and thoughts go to `send` as they come; a tool's call once its pieces are complete.
 *
 * @throws {ProviderHttpError} for an error inside the stream.
 * @throws {Error} where the stream ends before the message does, or cannot be read.
 */
export async function readMessageStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  names: ToolNames,
  send: (part: Part) => void,
): Promise<AnswerMessage> {
  const blocks: ContentBlock[] = [];
  const inputs: string[] = [];
  let stopReason: unknown;
  // Why the input of a tool is not readable.
  let cut: unknown;
  let usage: Record<string, unknown> = {};
  for await (const data of readServerSentEvents(body, { isLast })) {
    const event = asSchema(JSON.parse(data));
    const index = Number(event.index);
    switch (event.type) {
      case "message_start":
        tellAnswer(asSchema(event.message).id, asSchema(event.message).model);
        usage = asSchema(asSchema(event.message).usage);
        tellUsage(toUsage(usage));
        break;
      case "content_block_start":
        blocks[index] = { ...asSchema(event.content_block) } as ContentBlock;
        break;
      case "content_block_delta": {
        const block = blocks[index];
        if (block === undefined) throw new SyntaxError("The JSON is of a block that never began");
        const delta = asSchema(event.delta);
        if (delta.type === "input_json_delta") {
          const piece = String(delta.partial_json ?? "");
          inputs[index] = (inputs[index] ?? "") + piece;
          tellText(piece);
        } else addDelta(block, delta, send);
        break;
      }
      case "content_block_stop": {
        const block = blocks[index];
        if (block?.type !== "tool_use") break;
        try {
          if (inputs[index]) block.input = JSON.parse(inputs[index]);
        } catch (error) {
          cut = error;
          break;
        }
        send(toPart(block, names)!);
        break;
      }
      case "message_delta":
        stopReason = asSchema(event.delta).stop_reason ?? stopReason;
        // Its counts are totals, and it leaves out those that message_start has told.
        usage = { ...usage, ...withoutNulls(asSchema(event.usage)) };
        tellUsage(toUsage(usage));
        break;
      case "message_stop":
        // Where a limit of tokens cut it, the answer's reader says so.
        if (cut !== undefined && finishReason(stopReason) !== "length") throw cut;
        return { content: blocks.filter(Boolean), stop_reason: stopReason, usage };
      case "error":
        throw errorOf(event);
        // Others, such as ping and those to come, are passed over, as the API asks its clients to.
    }
  }
  throw new Error("connection closed before the message was complete");
}

/** The failure that an answer names itself, with the HTTP status that it would have had. */
export function errorOf({ error }: Record<string, unknown>): ProviderHttpError {
  const kind = String(asSchema(error).type);
  return new ProviderHttpError({ code: CODES[kind] ?? 500, kind });
}

function addDelta(
  block: ContentBlock,
  { type, text, thinking, signature }: Record<string, unknown>,
  send: (part: Part) => void,
): void {
  if (type === "text_delta") {
    block.text = `${block.text ?? ""}${text}`;
    send({ text: String(text) });
  } else if (type === "thinking_delta") {
    block.thinking = `${block.thinking ?? ""}${thinking}`;
    send({ reasoning: String(thinking) });
  } else if (type === "signature_delta") block.signature = signature;
}

function withoutNulls(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
