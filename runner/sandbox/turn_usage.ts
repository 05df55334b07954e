import type { GenerationUsage } from "genkit/model";
import type { Usage } from "../host/sandbox_messages.ts";
import { runningCall } from "./running_call.ts";

/** The providers whose output tokens are told without those of the model's thoughts. */
export const THOUGHTS_APART: readonly string[] = ["googleai", "vertexai"];

/**
 * The tokens of one turn as they are billed: thoughts are output. OpenAI, Anthropic and Bedrock count
 * them so themselves; Gemini counts them apart, as `thoughtsTokenCount` beside `candidatesTokenCount`
 * (https://ai.google.dev/api/generate-content#UsageMetadata).
 */
export function turnUsage(provider: string, usage: GenerationUsage = {}): Usage {
  const { inputTokens, outputTokens, cachedContentTokens, thoughtsTokens = 0 } = usage;
  const thoughts = THOUGHTS_APART.includes(provider) ? thoughtsTokens : 0;
  return {
    ...inputTokens !== undefined && { inputTokens },
    ...outputTokens !== undefined && { outputTokens: outputTokens + thoughts },
    ...cachedContentTokens !== undefined && { cachedContentTokens },
  };
}

/**
 * Notes what a provider has told in a stream of the tokens so far: they count where the stream ends
 * early, by a failure or since the caller goes away.
 */
export function tellUsage(usage: GenerationUsage): void {
  runningCall.getStore()?.turn?.tell(usage);
}

/** Notes a piece of a streamed answer that goes to no caller, such as the input of a tool's call. */
export function tellText(text: string): void {
  runningCall.getStore()?.turn?.receive(text);
}

/** Notes what a provider calls its answer, and the model that it says has answered. */
export function tellAnswer(id: unknown, model: unknown): void {
  runningCall.getStore()?.turn?.tellAnswer({ id, model });
}

/** Adds the tokens of a turn to those of its call. */
export function addUsage(usage: Usage, more: Usage): void {
  for (const key of ["inputTokens", "outputTokens", "cachedContentTokens"] as const) {
    if (more[key] !== undefined) usage[key] = (usage[key] ?? 0) + more[key];
  }
}
