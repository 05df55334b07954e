import type { GenerateResponseData, Part } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";

/** Reasons to finish that are none of the model's own, nor a limit or a filter. */
const ODD = ["other", "unknown"];

/**
 * Makes an answer of a model one that can be gone on with: a call of a tool without arguments, which
 * Gemini leaves out and others give as `null`, has the input `{}`.
 *
 * @throws {FlowError} INTERNAL (502) where there is nothing in it, and the model does not say that it
 * is done, as Gemini does with `MALFORMED_FUNCTION_CALL`: an empty text would pass for its answer.
 */
export function wholeAnswer(provider: string, response: GenerateResponseData): void {
  const { message, finishReason } = response.candidates?.[0] ?? response;
  const content: Part[] = message?.content ?? [];
  for (const { toolRequest } of content) if (toolRequest) toolRequest.input ??= {};
  if (!ODD.includes(String(finishReason)) || content.some(isSaid)) return;
  throw new FlowError("INTERNAL", `The provider "${provider}" gave an empty answer`, { http: 502 });
}

function isSaid({ text, reasoning }: Part): boolean {
  return text !== "" && reasoning === undefined;
}
