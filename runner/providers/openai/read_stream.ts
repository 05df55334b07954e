import { asSchema as asObject } from "../../schema/json_schema.ts";
import { tellAnswer, tellText, tellUsage } from "../../sandbox/turn_usage.ts";
import { type AskedTool, type ChatAnswer, usageOf } from "./chat_answer.ts";
import { brokenOff, ChatFailure, refuseFailed } from "./chat_failure.ts";
import { readServerSentEvents } from "../server_sent_events.ts";
import { askedTools, contentText, parseObject } from "./read_answer.ts";

/** A piece of a streamed answer that a caller may see at once. */
export type ChatPiece = { text: string } | { reasoning: string };

/** The API's word for the end of a stream. */
const isLast = (data: string) => data === "[DONE]";

/**
 * Reads a streamed answer: `chat.completion.chunk` objects, one an event
 * (https://platform.openai.com/docs/api-reference/chat-streaming). Gives each piece of text to
 * `onPiece`, which is awaited, and the whole in the end. Calls of tools come in pieces too, and
 * are put together.
 *
 * @throws {FlowError} where an event is not readable, or the stream ends before its answer does.
 * @throws {ChatFailure} where the server says in the stream that it failed.
 */
export async function readStream(
  provider: string,
  body: ReadableStream<Uint8Array>,
  onPiece: (piece: ChatPiece) => Promise<void>,
): Promise<ChatAnswer> {
  const answer: ChatAnswer = {
    text: "",
    reasoning: "",
    refusal: "",
    tools: [],
    finishReason: undefined,
    usage: undefined,
  };
  const tools = new Map<unknown, AskedTool>();
  let begun = false;
  let ended = false;
  for await (const data of readServerSentEvents(body, { isLast })) {
    if (isLast(data)) {
      ended = begun;
      continue;
    }
    const chunk = parseObject(provider, data);
    if (chunk.error || chunk.object === "error") throw new ChatFailure(undefined, chunk);
    // Only the first of several answers is asked for; the last chunk, and Azure's first, have none.
    const choice = asObject(Array.isArray(chunk.choices) ? chunk.choices[0] : undefined);
    refuseFailed(choice);
    const delta = asObject(choice.delta);
    // Azure's first has neither.
    if (!begun && chunk.id) tellAnswer(chunk.id, chunk.model);
    begun ||= choice.delta !== undefined;
    if (typeof choice.finish_reason === "string") answer.finishReason = choice.finish_reason;
    answer.refusal += contentText(delta.refusal);
    addTools(tools, delta.tool_calls);
    const reasoning = contentText(delta.reasoning_content ?? delta.reasoning);
    if (reasoning !== "") {
      answer.reasoning += reasoning;
      await onPiece({ reasoning });
    }
    const text = contentText(delta.content);
    if (text !== "") {
      answer.text += text;
      await onPiece({ text });
    }
    if (chunk.usage) {
      answer.usage = chunk.usage;
      // Some tell the tokens so far with each piece, so the piece goes first.
      tellUsage(usageOf(chunk.usage));
    }
  }
  if (!ended && answer.finishReason === undefined) throw brokenOff(provider);
  return { ...answer, tools: [...tools.values()] };
}

/**
 * Adds pieces of calls to those that have begun. A call's pieces have the same `index`; where a
 * server gives none, a piece with a name begins a call, and one without goes on with the last. Some
 * (Gemini's compatible API, older Ollamas) give all calls the index 0: another `id` begins a call.
 */
function addTools(tools: Map<unknown, AskedTool>, calls: unknown): void {
  const pieces = askedTools(calls);
  pieces.forEach((piece, i) => {
    tellText(piece.name + piece.arguments);
    const { index } = asObject((calls as unknown[])[i]);
    const last = [...tools.keys()].at(-1);
    const key = index ?? (piece.name !== "" || last === undefined ? tools.size : last);
    const begun = tools.get(key);
    const isNext = piece.name !== "" && piece.id && begun?.id && piece.id !== begun.id;
    if (begun === undefined || isNext) {
      // The pieces to come go on with the new one; the old one keeps its place before it.
      if (begun !== undefined) {
        tools.delete(key);
        tools.set(Symbol(), begun);
      }
      tools.set(key, piece);
      return;
    }
    begun.id ??= piece.id;
    begun.name ||= piece.name;
    begun.arguments += piece.arguments;
  });
}
