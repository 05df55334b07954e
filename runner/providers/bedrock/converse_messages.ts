import type { ContentBlock, Message, SystemContentBlock } from "@aws-sdk/client-bedrock-runtime";
import type { MessageData, Part } from "genkit";
import type { ToolNames } from "../tool_names.ts";
import { mediaBlock } from "./media_block.ts";

/** A conversation as Converse takes it. */
export interface ConverseMessages {
  system: SystemContentBlock[];
  messages: Message[];
}

/**
 * Makes Converse's messages of Genkit's. A tool's answers are the user's words there; and as turns
 * must alternate, neighbours of the same side become one message.
 *
 * @throws {FlowError} INVALID_ARGUMENT where a media part cannot be sent.
 */
export function converseMessages(
  from: readonly MessageData[],
  toolNames: ToolNames,
): ConverseMessages {
  const system: SystemContentBlock[] = [];
  const messages: Message[] = [];
  let media = 0;
  for (const { role, content } of from) {
    if (role === "system") {
      for (const { text } of content) if (text?.trim()) system.push({ text });
      continue;
    }
    const blocks = content.flatMap((part) => {
      if (part.media) return [mediaBlock(part.media, media++)];
      return blockOf(part, toolNames) ?? [];
    });
    if (blocks.length === 0) continue;
    const side = role === "model" ? "assistant" : "user";
    const last = messages.at(-1);
    if (last?.role === side) last.content!.push(...blocks);
    else messages.push({ role: side, content: blocks });
  }
  return { system, messages };
}

function blockOf(part: Part, toolNames: ToolNames): ContentBlock | undefined {
  if (part.toolRequest) {
    const { name, ref = name, input } = part.toolRequest;
    const json = typeof input === "object" && input !== null ? input : {};
    return { toolUse: { toolUseId: ref, name: toolNames.toWire(name), input: json as never } };
  }
  if (part.toolResponse) {
    const { name, ref = name, output } = part.toolResponse;
    const status = part.metadata?.isError ? { status: "error" as const } : {};
    return { toolResult: { toolUseId: ref, content: [toolResult(output)], ...status } };
  }
  if (part.reasoning !== undefined) return reasoningOf(part);
  // Bedrock refuses a text of spaces only.
  return part.text?.trim() ? { text: part.text } : undefined;
}

/** Converse takes an object as JSON; anything else is a text. */
function toolResult(output: unknown): { json: never } | { text: string } {
  if (typeof output === "object" && output !== null && !Array.isArray(output)) {
    return { json: output as never };
  }
  const text = typeof output === "string" ? output : JSON.stringify(output) ?? "null";
  return { text: text === "" ? '""' : text };
}

/** What a model thought goes back to it only with the signature that it gave to it. */
function reasoningOf({ reasoning, metadata }: Part): ContentBlock | undefined {
  if (typeof metadata?.redacted === "string") {
    return { reasoningContent: { redactedContent: Uint8Array.fromBase64(metadata.redacted) } };
  }
  if (typeof metadata?.signature !== "string") return undefined;
  return {
    reasoningContent: { reasoningText: { text: reasoning, signature: metadata.signature } },
  };
}
