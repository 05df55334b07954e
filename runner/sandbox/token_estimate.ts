import type { GenerateRequest, Part } from "genkit";

/** What of a request to a model is text. */
type Sent = Pick<GenerateRequest, "messages" | "tools" | "output">;

/**
 * Bytes of UTF-8 that a token stands for, about: OpenAI
 * (https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them) and Google
 * (https://ai.google.dev/gemini-api/docs/tokens) both say four characters of English. Bytes stay
 * nearer than characters where a script needs more tokens.
 */
const BYTES_A_TOKEN = 4;

/** Guesses the tokens of so many bytes of text. */
export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_A_TOKEN);
}

/** How many bytes of text a model is sent: messages, tools and the schema of its answer. */
export function requestBytes({ messages, tools = [], output }: Sent): number {
  const texts = [
    ...tools.map(({ name, description, inputSchema }) => json({ name, description, inputSchema })),
    ...output?.schema ? [json(output.schema)] : [],
  ];
  return partsBytes(messages.flatMap(({ content }) => content)) +
    texts.reduce((sum, text) => sum + utf8Bytes(text), 0);
}

/** How many bytes of text parts hold. Media is left out: each provider counts it in its own way. */
export function partsBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    const { text, reasoning, data, toolRequest, toolResponse } = part;
    const said = text ?? reasoning;
    if (said !== undefined) return sum + utf8Bytes(said);
    const value = toolRequest ?? toolResponse ?? data;
    return value === undefined ? sum : sum + utf8Bytes(json(value));
  }, 0);
}

/** The length of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // The halves of a pair are four bytes in all.
    if (code >= 0x80) bytes += code < 0x800 || code >= 0xd800 && code < 0xe000 ? 1 : 2;
  }
  return bytes;
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
