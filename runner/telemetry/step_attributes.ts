import type { ModelStep, Step } from "../host/step.ts";
import type { Attributes } from "./open_telemetry.ts";
import type { RequestSettings } from "../host/request_settings.ts";
import { providerName } from "./provider_name.ts";

/** The operation of a model's turn, of the GenAI conventions' well-known values. */
export const CHAT = "chat";

/** Names the span of a step as the GenAI conventions do: `chat <model>`, `execute_tool <tool>`. */
export function stepName(step: Step): string {
  return step.kind === "model" ? `${CHAT} ${step.model}` : `execute_tool ${step.tool}`;
}

/**
 * Gives the attributes of a step's span, as the GenAI conventions name them
 * (open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md). docs/telemetry.md lists
 * them.
 */
export function stepAttributes(step: Step): Attributes {
  const failed = step.error !== undefined && { "error.type": step.error };
  const { input, output } = step;
  if (step.kind === "model") {
    return {
      ...modelAttributes(step),
      ...failed,
      ...input !== undefined && { "gen_ai.input.messages": input },
      ...output !== undefined && { "gen_ai.output.messages": output },
    };
  }
  return {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": step.tool,
    "gen_ai.tool.type": "function",
    ...step.callId !== undefined && { "gen_ai.tool.call.id": step.callId },
    ...failed,
    ...input !== undefined && { "gen_ai.tool.call.arguments": input },
    ...output !== undefined && { "gen_ai.tool.call.result": output },
  };
}

function modelAttributes(step: ModelStep): Attributes {
  const { provider, model, usage, estimated, finishReason, firstChunkMs, attempt, fallback } = step;
  const { server, request, responseId, responseModel } = step;
  const { inputTokens, outputTokens, cachedContentTokens } = usage;
  const { inputTokens: sent, outputTokens: received } = estimated ?? {};
  return {
    "gen_ai.operation.name": CHAT,
    "gen_ai.provider.name": providerName(provider),
    "gen_ai.request.model": model,
    ...server && { "server.address": server.address, "server.port": BigInt(server.port) },
    ...request && requestAttributes(request),
    ...responseId !== undefined && { "gen_ai.response.id": responseId },
    ...responseModel !== undefined && { "gen_ai.response.model": responseModel },
    ...attempt !== undefined && { "genkitd.model.attempt": BigInt(attempt) },
    ...fallback && { "genkitd.model.fallback": true },
    ...finishReason !== undefined && { "gen_ai.response.finish_reasons": [finishReason] },
    ...inputTokens !== undefined && { "gen_ai.usage.input_tokens": BigInt(inputTokens) },
    ...outputTokens !== undefined && { "gen_ai.usage.output_tokens": BigInt(outputTokens) },
    ...cachedContentTokens !== undefined && {
      "gen_ai.usage.cache_read.input_tokens": BigInt(cachedContentTokens),
    },
    ...sent !== undefined && { "genkitd.usage.estimated_input_tokens": BigInt(sent) },
    ...received !== undefined && { "genkitd.usage.estimated_output_tokens": BigInt(received) },
    ...firstChunkMs !== undefined && {
      "gen_ai.request.stream": true,
      "gen_ai.response.time_to_first_chunk": firstChunkMs / 1000,
    },
  };
}

function requestAttributes(request: RequestSettings): Attributes {
  const { temperature, topP, topK, maxTokens, seed } = request;
  const { frequencyPenalty, presencePenalty, stopSequences } = request;
  return {
    ...temperature !== undefined && { "gen_ai.request.temperature": temperature },
    ...topP !== undefined && { "gen_ai.request.top_p": topP },
    ...topK !== undefined && { "gen_ai.request.top_k": BigInt(topK) },
    ...maxTokens !== undefined && { "gen_ai.request.max_tokens": BigInt(maxTokens) },
    ...seed !== undefined && { "gen_ai.request.seed": BigInt(seed) },
    ...frequencyPenalty !== undefined && {
      "gen_ai.request.frequency_penalty": frequencyPenalty,
    },
    ...presencePenalty !== undefined && { "gen_ai.request.presence_penalty": presencePenalty },
    ...stopSequences !== undefined && { "gen_ai.request.stop_sequences": stopSequences },
  };
}
