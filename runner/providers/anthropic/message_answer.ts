import type { GenerateResponseData, Part } from "genkit";
import type { GenerationUsage } from "genkit/model";
import { tellAnswer } from "../../sandbox/turn_usage.ts";
import { asSchema } from "../../schema/json_schema.ts";
import type { ToolNames } from "../tool_names.ts";
import type { ContentBlock } from "./message_content.ts";

/** A message of the Messages API, as far as it is read. */
export interface AnswerMessage {
  content: ContentBlock[];
  stop_reason?: unknown;
  usage?: unknown;
}

/** The reasons of https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons. */
const REASONS: Record<string, GenerateResponseData["finishReason"]> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "blocked",
};

/**
 * Turns a message of the Messages API into Genkit's answer.
 *
 * @throws {SyntaxError} where it is no such message.
 */
export function toAnswer(message: unknown, names: ToolNames): GenerateResponseData {
  const { id, model, content, stop_reason, usage } = asSchema(message);
  tellAnswer(id, model);
  if (!Array.isArray(content)) throw new SyntaxError("The JSON of the answer is no message");
  return {
    message: {
      role: "model",
      content: content.flatMap((block) => toPart(asSchema(block) as ContentBlock, names) ?? []),
    },
    finishReason: finishReason(stop_reason),
    usage: toUsage(asSchema(usage)),
  };
}

/** Genkit's word for a `stop_reason`. */
export function finishReason(stopReason: unknown): GenerateResponseData["finishReason"] {
  return REASONS[String(stopReason)] ?? "other";
}

/** A block as a part of Genkit's; undefined for kinds that only the API's own tools make. */
export function toPart(block: ContentBlock, names: ToolNames): Part | undefined {
  switch (block.type) {
    case "text":
      return { text: String(block.text ?? "") };
    case "tool_use":
      return {
        toolRequest: {
          ref: String(block.id),
          name: names.fromWire(String(block.name)),
          input: block.input ?? {},
        },
      };
    case "thinking":
      return {
        reasoning: String(block.thinking ?? ""),
        metadata: { thoughtSignature: block.signature },
      };
    case "redacted_thinking":
      return { custom: { redactedThinking: block.data } };
  }
}

/**
 * Tokens as other providers count them: what was read from the cache or written to it is part of
 * the input, while the API counts it apart.
 */
export function toUsage(usage: Record<string, unknown>): GenerationUsage {
  const count = (key: string) => typeof usage[key] === "number" ? usage[key] as number : 0;
  const cached = count("cache_read_input_tokens");
  const written = count("cache_creation_input_tokens");
  const inputTokens = count("input_tokens") + cached + written;
  const outputTokens = count("output_tokens");
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedContentTokens: cached,
  };
}
