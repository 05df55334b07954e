import type { Usage } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";

/**
 * Counts the tokens of one call: those of its answer, and where there is none those of the turns that
 * it took until then, which are told after a cancellation too.
 */
export class CallTokens {
  readonly #count: (tokens: number) => void;
  #turns = 0;
  #state: "running" | "answered" | "failed" = "running";

  /** @param count Takes tokens into account. */
  constructor(count: (tokens: number) => void) {
    this.#count = count;
  }

  /** A step of the call has ended. */
  step(step: Step): void {
    if (step.kind !== "model") return;
    const tokens = sum(step.usage);
    if (this.#state === "failed") this.#count(tokens);
    else this.#turns += tokens;
  }

  /** The call has ended, with an answer that used so much, or without one. Later ends are ignored. */
  end(usage?: Usage): void {
    if (this.#state !== "running") return;
    this.#state = usage === undefined ? "failed" : "answered";
    this.#count(usage === undefined ? this.#turns : sum(usage));
  }
}

function sum({ inputTokens = 0, outputTokens = 0 }: Usage): number {
  return inputTokens + outputTokens;
}
