import { asSchema as asObject } from "../../schema/json_schema.ts";
import { tellAnswer } from "../../sandbox/turn_usage.ts";
import type { AskedTool, ChatAnswer } from "./chat_answer.ts";
import { ChatFailure, refuseFailed, unreadable } from "./chat_failure.ts";

/**
 * Reads a whole answer: a `chat.completion` object
 * (https://platform.openai.com/docs/api-reference/chat/object).
 *
 * @throws {FlowError} where it is none, or is empty.
 * @throws {ChatFailure} where it is an error after all.
 */
export function readAnswer(provider: string, text: string): ChatAnswer {
  const completion = parseObject(provider, text);
  // Some gateways send an error with 200.
  if (completion.error) throw new ChatFailure(undefined, completion);
  if (!Array.isArray(completion.choices)) throw unreadable(provider);
  tellAnswer(completion.id, completion.model);
  const choice = asObject(completion.choices[0]);
  refuseFailed(choice);
  if (choice.message === undefined) throw unreadable(provider, "gave an empty answer");
  const message = asObject(choice.message);
  return {
    text: contentText(message.content),
    reasoning: contentText(message.reasoning_content ?? message.reasoning),
    refusal: contentText(message.refusal),
    tools: askedTools(message.tool_calls),
    finishReason: typeof choice.finish_reason === "string" ? choice.finish_reason : undefined,
    usage: completion.usage,
  };
}

/**
 * Parses a JSON object.
 *
 * @throws {FlowError} where it is none, without a word of it.
 */
export function parseObject(provider: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // The parser's words quote the answer.
  }
  throw unreadable(provider);
}

/** The text of a message's content, which some servers give in parts. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => asObject(part).text).filter((text) => typeof text === "string")
    .join("");
}

/** The calls of tools in a message, or the pieces of them in a stream. */
export function askedTools(calls: unknown): AskedTool[] {
  return (Array.isArray(calls) ? calls : []).map((call) => {
    const { id, function: asked } = asObject(call);
    const { name, arguments: input } = asObject(asked);
    return {
      id: typeof id === "string" ? id : undefined,
      name: typeof name === "string" ? name : "",
      // An object in place of its text comes from servers that are older than they say.
      arguments: typeof input === "string" ? input : input ? JSON.stringify(input) : "",
    };
  });
}
