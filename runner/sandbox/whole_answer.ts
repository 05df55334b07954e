import type { GenerateResponseData, Part } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";

/** Reasons to finish that are none of the model's own, nor a limit or a filter. */
const ODD = ["other", "unknown"];

/**
 * Makes an answer of a model one that can be gone on with: a call of a tool without arguments, which
 * Gemini leaves out and others give as `null`, has the input `{}`.
 *
 * @throws {FlowError} INTERNAL (502) where there is nothing in it, and the model does not say that it
 * is done, as Gemini does with `MALFORMED_FUNCTION_CALL`, or has used up its tokens for thoughts: an
 * empty text would pass for its answer. And where a limit of tokens cut it in a call of a tool, whose
 * input may then lack something
 * (https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons, "max_tokens").
 */
export function wholeAnswer(provider: string, response: GenerateResponseData): void {
  const { message, finishReason } = response.candidates?.[0] ?? response;
  const content: Part[] = message?.content ?? [];
  for (const { toolRequest } of content) if (toolRequest) toolRequest.input ??= {};
  const failure = (message: string) => new FlowError("INTERNAL", message, { http: 502 });
  if (finishReason === "length") {
    const model = `The model of provider "${provider}"`;
    if (content.at(-1)?.toolRequest) {
      throw failure(`${model} came to its limit of tokens while it asked for a tool`);
    }
    if (content.some(isSaid)) return;
    throw failure(`${model} came to its limit of tokens before it said anything`);
  }
  if (!ODD.includes(String(finishReason)) || content.some(isSaid)) return;
  throw failure(`The provider "${provider}" gave an empty answer`);
}

function isSaid({ text, reasoning }: Part): boolean {
  return text !== "" && reasoning === undefined;
}
