import type { GenerateRequest, Part } from "genkit";
import type { GenerationUsage } from "genkit/model";
import type { Usage } from "../host/sandbox_messages.ts";
import type { ModelStep } from "../host/step.ts";
import { StreamTail } from "./stream_tail.ts";
import { estimateTokens, partsBytes, requestBytes, utf8Bytes } from "./token_estimate.ts";
import { THOUGHTS_APART, turnUsage } from "./turn_usage.ts";

/** The tokens of a turn. */
export interface TurnTokens {
  /** As the provider counted them. */
  usage: Usage;
  /** Those that it has not told, as guessed; they go on top of `usage`. */
  estimated?: Usage;
}

/**
 * How far a turn of a model has come: a provider bills what it read and wrote, be the answer ever
 * whole or not, and few tell the tokens before the end.
 */
export class TurnProgress {
  /** Sees what comes of a stream of Gemini's, whose plugin tells tokens at the end only. */
  readonly tail: StreamTail | undefined;
  readonly #provider: string;
  #told: Usage | undefined;
  /** Bytes of text that came after the provider last told tokens. */
  #bytes = 0;
  #begun = false;
  #url: string | undefined;
  #answer: { id?: unknown; model?: unknown } | undefined;

  constructor(provider: string, { stream }: { stream: boolean }) {
    this.#provider = provider;
    this.tail = stream && THOUGHTS_APART.includes(provider) ? new StreamTail() : undefined;
  }

  /** The provider has told the tokens so far. */
  tell(usage: GenerationUsage): void {
    // Thoughts are among the output of those who tell so.
    this.#told = turnUsage("", usage);
    this.#bytes = 0;
  }

  /** A request is sent for it; that of the answer is the last one. */
  ask(url: string): void {
    this.#url = url;
  }

  /** The provider has said what it calls its answer, and which model gives it. */
  tellAnswer(answer: { id?: unknown; model?: unknown }): void {
    this.#answer ??= answer;
  }

  /** Where the model was asked. */
  server(): Pick<ModelStep, "server"> {
    if (this.#url === undefined || !URL.canParse(this.#url)) return {};
    const { protocol, hostname, port } = new URL(this.#url);
    const known = protocol === "https:" ? 443 : 80;
    return { server: { address: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || known } };
  }

  /** What the provider calls the answer, and who gave it. */
  answer(): Pick<ModelStep, "responseId" | "responseModel"> {
    const { id, model } = this.#answer ?? this.tail?.answer() ?? {};
    return {
      ...typeof id === "string" && { responseId: id },
      ...typeof model === "string" && { responseModel: model },
    };
  }

  /** A piece of the answer has come. */
  receive(text: string): void {
    this.#begun = true;
    this.#bytes += utf8Bytes(text);
  }

  /** The tokens of a turn that is answered; guessed where the provider tells none. */
  answered(request: GenerateRequest, usage: Usage, content: readonly Part[]): TurnTokens {
    if (usage.inputTokens !== undefined || usage.outputTokens !== undefined) return { usage };
    return { usage, estimated: guess(usage, request, partsBytes(content)) };
  }

  /**
   * The tokens of a turn without an answer: those that were told, and a guess of what came after.
   * None where the provider had not begun to answer, unless it was left while it still might.
   */
  broken(request: GenerateRequest, left: boolean): TurnTokens {
    const last = this.tail?.usage();
    const usage = (last && turnUsage(this.#provider, last)) ?? this.#told ?? {};
    const begun = this.#begun || last !== undefined || this.#told !== undefined;
    if (!begun && !left) return { usage };
    // Gemini counts each piece with the event that brings it.
    const bytes = last?.outputTokens === undefined ? this.#bytes : 0;
    const estimated = guess(usage, request, bytes);
    return Object.keys(estimated).length > 0 ? { usage, estimated } : { usage };
  }
}

function guess({ inputTokens }: Usage, request: GenerateRequest, bytes: number): Usage {
  return {
    ...inputTokens === undefined && { inputTokens: estimateTokens(requestBytes(request)) },
    ...bytes > 0 && { outputTokens: estimateTokens(bytes) },
  };
}
