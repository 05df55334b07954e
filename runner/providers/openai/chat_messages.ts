import type { MessageData, Part } from "genkit";
import { contentPart } from "./content_part.ts";

/** A tool's call as it stands in a message. */
export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** A message of a request. */
export interface ChatMessage {
  role: "system" | "user" | "assistant" | "tool";
  content: string | Record<string, unknown>[] | null;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

/**
 * Turns Genkit's messages into the API's. A model's reasoning is left out, as the API takes none
 * back; each result of a tool becomes a message of its own.
 *
 * @throws {FlowError} where a part cannot be sent, such as a video.
 */
export function chatMessages(messages: readonly MessageData[], imageDetail?: string) {
  return messages.flatMap(({ role, content }): ChatMessage[] => {
    switch (role) {
      case "system":
        return [{ role: "system", content: textOf(content) }];
      case "model":
        return [assistantMessage(content)];
      case "tool":
        return toolMessages(content);
      default:
        return [{ role: "user", content: userContent(content, imageDetail) }];
    }
  });
}

function assistantMessage(content: readonly Part[]): ChatMessage {
  const calls = content.flatMap(({ toolRequest }): ToolCall[] => {
    if (!toolRequest) return [];
    const { ref, name, input } = toolRequest;
    const call = { name, arguments: JSON.stringify(input ?? {}) };
    return [{ id: ref ?? name, type: "function", function: call }];
  });
  const text = textOf(content);
  return {
    role: "assistant",
    // Servers refuse an empty text beside tool calls, and a missing one without them.
    content: text === "" && calls.length > 0 ? null : text,
    ...calls.length > 0 && { tool_calls: calls },
  };
}

function toolMessages(content: readonly Part[]): ChatMessage[] {
  return content.flatMap(({ toolResponse }): ChatMessage[] => {
    if (!toolResponse) return [];
    const { ref, name, output } = toolResponse;
    const text = typeof output === "string" ? output : JSON.stringify(output ?? null);
    return [{ role: "tool", tool_call_id: ref ?? name, content: text }];
  });
}

function userContent(content: readonly Part[], imageDetail?: string): ChatMessage["content"] {
  const onlyText = content.every((part) => part.text !== undefined);
  // A plain text is what every server takes.
  return onlyText ? textOf(content) : content.map((part) => contentPart(part, imageDetail));
}

function textOf(content: readonly Part[]): string {
  return content.map(({ text, data, metadata }, i) => {
    const said = text ?? (data === undefined ? "" : JSON.stringify(data));
    // Genkit's words on the form of the answer are a part of their own, not the end of a sentence.
    if (metadata?.purpose !== "output") return said;
    return `${i > 0 ? "\n\n" : ""}${said}${i < content.length - 1 ? "\n\n" : ""}`;
  }).join("");
}
