import type { MessageData, Part } from "genkit";

/** The most characters of one text in what is recorded. */
const MAX_TEXT = 8_000;

/**
 * Gives messages as OpenTelemetry records them (`gen_ai.input.messages`, `gen_ai.output.messages`:
 * the JSON schemas of open-telemetry/semantic-conventions-genai). Long texts are cut; of media only
 * the type is kept.
 */
export function recordedMessages(messages: unknown, finishReason?: string): string {
  const known = (Array.isArray(messages) ? messages : []) as (MessageData | undefined)[];
  return JSON.stringify(
    known.filter((message) => message !== undefined).map((message) => ({
      role: message.role === "model" ? "assistant" : message.role,
      parts: message.content.map(recordedPart),
      ...finishReason !== undefined && { finish_reason: finishReason },
    })),
  );
}

/** Gives any value as JSON, cut where it is long. */
export function recordedJson(value: unknown): string {
  return cut(JSON.stringify(value) ?? "null");
}

function recordedPart(part: Part): Record<string, unknown> {
  if (part.text !== undefined) return { type: "text", content: cut(part.text) };
  if (part.reasoning !== undefined) return { type: "reasoning", content: cut(part.reasoning) };
  if (part.toolRequest) {
    const { name, ref, input } = part.toolRequest;
    return { type: "tool_call", id: ref ?? null, name, arguments: recordedJson(input) };
  }
  if (part.toolResponse) {
    const { ref, output } = part.toolResponse;
    return { type: "tool_call_response", id: ref ?? null, response: recordedJson(output) };
  }
  if (part.media) return { type: "media", mime_type: part.media.contentType ?? null };
  return { type: "other" };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : text.slice(0, MAX_TEXT) + "…";
}
