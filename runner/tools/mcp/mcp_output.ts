import type { Part } from "genkit";
import { asSchema } from "../../schema/json_schema.ts";

/** What a call of a function gave, as Genkit's multipart tools answer. */
export interface McpOutput {
  output: unknown;
  /** Images and sounds; providers that take none see from `output` that there was one. */
  content?: Part[];
  /** Whether the function says that it failed. */
  isError: boolean;
}

/**
 * Reads the result of `tools/call`
 * (https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-result): its structured
 * content where it has one, else its texts.
 *
 * @throws {Error} where it is neither.
 */
export function readMcpOutput(result: unknown): McpOutput {
  const { content, structuredContent, isError } = asSchema(result);
  if (!Array.isArray(content) && structuredContent === undefined) {
    throw new Error("its server gave neither content nor structuredContent");
  }
  const blocks = (Array.isArray(content) ? content : []).map(readBlock);
  const text = blocks.map(({ text }) => text).filter((text) => text !== "").join("\n");
  const media = blocks.flatMap(({ media }) => media ?? []);
  const failed = isError === true;
  return {
    output: structuredContent === undefined || failed && text !== "" ? text : structuredContent,
    ...media.length > 0 && { content: media.map((media) => ({ media })) },
    isError: failed,
  };
}

interface Block {
  text: string;
  media?: { url: string; contentType: string };
}

function readBlock(value: unknown): Block {
  const { type, text, data, mimeType, uri, name, description, resource } = asSchema(value);
  switch (type) {
    case "text":
      return { text: textOf(text) };
    case "image":
    case "audio":
      return mediaBlock(data, mimeType);
    case "resource_link": {
      const what = [name, description].map(textOf).filter((text) => text !== "").join(": ");
      return { text: what === "" ? textOf(uri) : `${what} (${textOf(uri)})` };
    }
    case "resource": {
      const { text, blob, mimeType, uri } = asSchema(resource);
      if (typeof text === "string") return { text };
      const shown = /^(image|audio)\//.test(textOf(mimeType));
      return shown ? mediaBlock(blob, mimeType) : { text: `[${textOf(uri)}]` };
    }
    default:
      return { text: "" };
  }
}

function mediaBlock(data: unknown, mimeType: unknown): Block {
  const contentType = textOf(mimeType);
  const known = /^[\w.+-]+\/[\w.+-]+$/.test(contentType);
  if (!known || !/^[A-Za-z0-9+/=\s]+$/.test(textOf(data))) return { text: "" };
  return {
    text: `[${contentType}]`,
    media: { url: `data:${contentType};base64,${textOf(data).replace(/\s/g, "")}`, contentType },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
