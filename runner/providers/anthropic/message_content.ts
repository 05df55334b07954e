import type { MessageData, Part } from "genkit";
import { FlowError } from "../../../shared/flow_error.ts";

/** A block of a message's content, as the Messages API has it. */
export type ContentBlock = { type: string } & Record<string, unknown>;

/** A message as the Messages API takes it. */
export interface AnthropicMessage {
  role: "user" | "assistant";
  content: ContentBlock[];
}

/** What a conversation is in the Messages API: the system's words stand apart. */
export interface Conversation {
  system: ContentBlock[];
  messages: AnthropicMessage[];
}

/** The images that the API takes (https://platform.claude.com/docs/en/build-with-claude/vision). */
const IMAGES = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/**
 * Turns Genkit's messages into those of the Messages API
 * (https://platform.claude.com/docs/en/api/messages). Results of tools are a user's blocks there.
 *
 * @param toolName Gives the name under which the API knows a tool.
 * @throws {FlowError} INVALID_ARGUMENT for media that it does not take.
 */
export function toConversation(
  messages: readonly MessageData[],
  toolName: (name: string) => string,
): Conversation {
  const conversation: Conversation = { system: [], messages: [] };
  for (const { role, content } of messages) {
    const blocks = content.flatMap((part) => toBlocks(part, toolName));
    // The API refuses a message without content.
    if (blocks.length === 0) continue;
    if (role === "system") conversation.system.push(...blocks);
    else {
      conversation.messages.push({
        role: role === "model" ? "assistant" : "user",
        content: blocks,
      });
    }
  }
  return conversation;
}

function toBlocks(part: Part, toolName: (name: string) => string): ContentBlock[] {
  const cache = part.metadata?.cache_control;
  const cached = cache === undefined ? {} : { cache_control: cache };
  if (part.toolRequest) {
    const { ref, name, input } = part.toolRequest;
    return [{ type: "tool_use", id: ref, name: toolName(name), input: input ?? {}, ...cached }];
  }
  if (part.toolResponse) {
    const { ref, output, content = [] } = part.toolResponse;
    const text = typeof output === "string" ? output : JSON.stringify(output ?? null);
    const blocks = [
      ...output !== undefined || content.length === 0 ? textBlocks(text) : [],
      ...(content as Part[]).flatMap((inner) => toBlocks(inner, toolName)),
    ];
    return [{ type: "tool_result", tool_use_id: ref, content: blocks, ...cached }];
  }
  if (part.reasoning !== undefined) return thinkingBlocks(part);
  if (part.media) return [{ ...mediaBlock(part.media), ...cached }];
  if (part.text !== undefined) return textBlocks(part.text).map((b) => ({ ...b, ...cached }));
  if (part.custom?.redactedThinking !== undefined) {
    return [{ type: "redacted_thinking", data: part.custom.redactedThinking }];
  }
  return textBlocks(part.data === undefined ? "" : JSON.stringify(part.data));
}

/** The API refuses a block without text. */
function textBlocks(text: string): ContentBlock[] {
  return text.trim() === "" ? [] : [{ type: "text", text }];
}

/** Thoughts must come back as they were given, and are refused without their signature. */
function thinkingBlocks({ reasoning, metadata }: Part): ContentBlock[] {
  const signature = metadata?.thoughtSignature;
  return typeof signature === "string"
    ? [{ type: "thinking", thinking: reasoning ?? "", signature }]
    : [];
}

function mediaBlock({ url, contentType }: { url: string; contentType?: string }): ContentBlock {
  const [, type, data] = /^data:([^;,]+)(?:;[^,]*)?;base64,(.*)$/s.exec(url) ?? [];
  const mediaType = (type ?? contentType ?? "").toLowerCase();
  const source = data !== undefined
    ? { type: "base64", media_type: mediaType, data }
    : { type: "url", url };
  if (data === undefined && !/^https?:\/\//i.test(url)) throw unsupported("neither data nor https");
  if (mediaType === "application/pdf") return { type: "document", source };
  // Of an address without a type, an image is the likelier one.
  if (IMAGES.includes(mediaType) || (data === undefined && mediaType === "")) {
    return { type: "image", source };
  }
  throw unsupported(mediaType || "of no known type");
}

function unsupported(what: string): FlowError {
  const known = [...IMAGES, "application/pdf"].join(", ");
  const shown = what.slice(0, 80);
  return new FlowError(
    "INVALID_ARGUMENT",
    `Cannot send media to the model: it is ${shown}, should be one of ${known}`,
  );
}
