import type { GenerationUsage } from "genkit/model";
import { asSchema } from "../schema/json_schema.ts";

/** Bytes that are kept: an event with a piece of text is far shorter. */
const KEPT = 64 * 1024;

/**
 * The end of a stream of Gemini's, as it came. Each of its events tells the tokens so far, but
 * Genkit's plugin hands on those of a whole answer only; nothing is read here before it is asked for.
 */
export class StreamTail {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** A piece of the stream has come. */
  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes - this.#pieces[0]!.length >= KEPT) {
      this.#bytes -= this.#pieces.shift()!.length;
    }
  }

  /** The tokens that the last event with some has told, thoughts apart from the output. */
  usage(): GenerationUsage | undefined {
    return this.#last(usageOf);
  }

  /** What the last event calls the answer and its model. */
  answer(): { id?: unknown; model?: unknown } | undefined {
    return this.#last(geminiAnswer);
  }

  /** What `read` finds in the last event in which it finds something. */
  #last<T>(read: (event: Record<string, unknown>) => T | undefined): T | undefined {
    // The first event may be cut, and so may a letter of it.
    const decoder = new TextDecoder();
    const text = this.#pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
    return text.split(/\r\n\r\n|\n\n/).slice(0, -1).reverse()
      .map((event) => read(asSchema(parsed(event.slice(event.indexOf("{"))))))
      .find((found) => found !== undefined);
  }
}

/**
 * Reads what Gemini calls its answer, and the model that gave it
 * (https://ai.google.dev/api/generate-content#generatecontentresponse).
 */
export function geminiAnswer(
  { responseId: id, modelVersion: model }: Record<string, unknown>,
): { id: unknown; model: unknown } | undefined {
  return id === undefined && model === undefined ? undefined : { id, model };
}

/** Reads `usageMetadata` (https://ai.google.dev/api/generate-content#UsageMetadata). */
function usageOf({ usageMetadata }: Record<string, unknown>): GenerationUsage | undefined {
  if (usageMetadata === undefined) return undefined;
  const counts = asSchema(usageMetadata);
  const named = {
    inputTokens: counts.promptTokenCount,
    outputTokens: counts.candidatesTokenCount,
    thoughtsTokens: counts.thoughtsTokenCount,
    cachedContentTokens: counts.cachedContentTokenCount,
  };
  return Object.fromEntries(
    Object.entries(named).filter(([, count]) => typeof count === "number"),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
