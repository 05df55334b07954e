import type { CallResult, Usage } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";

/**
 * Counts the tokens of one call: those of its answer, and where there is none those of the turns that
 * it took until then, which are told after a cancellation too. Those that no provider has counted
 * are counted as guessed.
 */
export class CallTokens {
  readonly #count: (tokens: number) => void;
  #turns = 0;
  #estimated = 0;
  #state: "running" | "answered" | "failed" = "running";

  /** @param count Takes tokens into account. */
  constructor(count: (tokens: number) => void) {
    this.#count = count;
  }

  /** A step of the call has ended. */
  step(step: Step): void {
    if (step.kind !== "model") return;
    const tokens = sum(step.usage);
    const estimated = sum(step.estimated);
    if (this.#state === "failed") return this.#count(tokens + estimated);
    this.#turns += tokens;
    this.#estimated += estimated;
  }

  /** Counts what `run` uses, whatever becomes of it. */
  async during(run: () => Promise<CallResult>): Promise<CallResult> {
    try {
      const result = await run();
      this.end(result.usage);
      return result;
    } finally {
      this.end();
    }
  }

  /** The call has ended, with an answer that used so much, or without one. Later ends are ignored. */
  end(usage?: Usage): void {
    if (this.#state !== "running") return;
    this.#state = usage === undefined ? "failed" : "answered";
    this.#count((usage === undefined ? this.#turns : sum(usage)) + this.#estimated);
  }
}

function sum({ inputTokens = 0, outputTokens = 0 }: Usage = {}): number {
  return inputTokens + outputTokens;
}
