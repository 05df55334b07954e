import type { FlowError } from "../../shared/flow_error.ts";
import type { SandboxError } from "../host/sandbox_messages.ts";
import type { Answer, Asked } from "../recording/exchange.ts";

/** How one call speaks to the recording, which the main process has. */
export interface RecordedCallOptions {
  /** Asks what was recorded. */
  recall: (asked: Asked) => Promise<Answer | undefined>;
  note: (asked: Asked, answer: Answer) => void;
  /** Takes secrets out of a text. */
  redact: (text: string) => string;
  toError: (failure: FlowError) => SandboxError;
}

/** One call's use of the recording. */
export class RecordedCall {
  readonly #options: RecordedCallOptions;
  /** Failures that the call may get over, by what was asked. */
  readonly #failures = new Map<string, { asked: Asked; error: SandboxError }>();

  constructor(options: RecordedCallOptions) {
    this.#options = options;
  }

  /** Makes what is asked fit to be recorded: plain JSON, as it is now, without secrets. */
  asked(asked: Asked): Asked {
    return this.#plain(asked);
  }

  /** Gives what was recorded, or undefined where the model or tool is to be called. */
  recall(asked: Asked): Promise<Answer | undefined> {
    return this.#options.recall(asked);
  }

  /** Takes note of an answer. */
  note(asked: Asked, answer: Answer): void {
    const { chunks, ...whole } = answer;
    const plain = this.#plain(whole);
    // A secret may lie across two chunks, where it would not be found.
    const clean = JSON.stringify(plain) === JSON.stringify(whole);
    const recorded = chunks && clean ? { ...plain, chunks: this.#plain(chunks) } : plain;
    this.#failures.delete(JSON.stringify(asked));
    this.#options.note(asked, recorded);
  }

  /**
   * Takes note of a failure, which is recorded only if the call is answered nonetheless, and not by
   * the same request: a fallback's reason is part of the conversation, a server's bad minute is not.
   */
  failed(asked: Asked, failure: FlowError): void {
    const error = this.#plain(this.#options.toError(failure));
    this.#failures.set(JSON.stringify(asked), { asked, error });
  }

  /** The call has been answered. */
  answered(): void {
    for (const { asked, error } of this.#failures.values()) this.#options.note(asked, { error });
    this.#failures.clear();
  }

  #plain<T>(value: T): T {
    return redacted(JSON.parse(JSON.stringify(value)), this.#options.redact) as T;
  }
}

/** JSON with its texts redacted, those of its keys as well. */
function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redacted(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redact(key), redacted(inner, redact)]),
  );
}
