import type {
  ContentBlock,
  ConverseCommandOutput,
  StopReason,
  TokenUsage,
} from "@aws-sdk/client-bedrock-runtime";
import type { GenerateResponseData, Part } from "genkit";
import type { GenerationUsage } from "genkit/model";
import { FlowError } from "../../../shared/flow_error.ts";
import type { ConverseRequest } from "./converse_request.ts";

/** What is needed of a request to read its answer. */
export type AnswerContext = Pick<ConverseRequest, "toolNames" | "answerTool">;

/**
 * Makes Genkit's answer of Converse's.
 *
 * @throws {FlowError} INTERNAL (502) where there is no message in it.
 */
export function converseAnswer(
  { output, stopReason, usage }: Partial<ConverseCommandOutput>,
  context: AnswerContext,
): GenerateResponseData {
  const blocks = output?.message?.content;
  if (!Array.isArray(blocks)) {
    throw new FlowError("INTERNAL", 'The provider "bedrock" gave an empty answer', { http: 502 });
  }
  return {
    message: { role: "model", content: blocks.flatMap((block) => partsOf(block, context)) },
    finishReason: finishReason(stopReason),
    usage: usageOf(usage),
  };
}

/** Genkit's parts of one block; what there is no part for is left out. */
export function partsOf(block: ContentBlock, { toolNames, answerTool }: AnswerContext): Part[] {
  if (block.text !== undefined) return [{ text: block.text }];
  if (block.toolUse) {
    const { name = "", toolUseId = "", input } = block.toolUse;
    if (name === answerTool) return [{ text: JSON.stringify(input) }];
    return [{ toolRequest: { name: toolNames.fromWire(name), ref: toolUseId, input } }];
  }
  if (block.reasoningContent) {
    const { reasoningText, redactedContent } = block.reasoningContent;
    if (redactedContent) {
      return [{ reasoning: "", metadata: { redacted: redactedContent.toBase64() } }];
    }
    const { text = "", signature } = reasoningText ?? {};
    return [{ reasoning: text, ...signature && { metadata: { signature } } }];
  }
  return (block.citationsContent?.content ?? []).flatMap(({ text }) => text ? [{ text }] : []);
}

/**
 * Genkit's reason for the end of an answer.
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html)
 */
export function finishReason(
  reason: StopReason | undefined,
): NonNullable<GenerateResponseData["finishReason"]> {
  switch (reason) {
    case "end_turn":
    case "tool_use":
    case "stop_sequence":
      return "stop";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "guardrail_intervened":
    case "content_filtered":
      return "blocked";
    default:
      return reason === undefined ? "unknown" : "other";
  }
}

/**
 * Genkit's count of tokens; nothing where there is none. Converse's input does not count what a cache
 * gave or took (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html); ours does.
 */
export function usageOf(usage: Partial<TokenUsage> | undefined): GenerationUsage {
  if (usage === undefined) return {};
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens, cacheWriteInputTokens } = usage;
  const input = inputTokens + (cacheReadInputTokens ?? 0) + (cacheWriteInputTokens ?? 0);
  return {
    inputTokens: input,
    outputTokens,
    totalTokens: input + outputTokens,
    ...cacheReadInputTokens !== undefined && { cachedContentTokens: cacheReadInputTokens },
  };
}
