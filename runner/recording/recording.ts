import { FlowError } from "../../shared/flow_error.ts";
import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import { describeMiss } from "./describe_miss.ts";
import {
  type Answer,
  answerSchema,
  type Asked,
  askedSchema,
  type Exchange,
  exchangeKey,
} from "./exchange.ts";

/** The recording, as a call of one flow sees it; what sandboxes say is checked. */
export interface FlowRecording {
  /**
   * Gives what was recorded, or undefined where the model or tool is to be called.
   *
   * @throws {FlowError} where it may not be called and nothing was recorded.
   */
  recall(asked: unknown): Answer | undefined;
  /** Takes note of what a model or tool answered. */
  note(asked: unknown, answer: unknown): void;
}

/** Options of a {@linkcode Recording}. */
export interface RecordingOptions {
  /** Those that the file has, in its order. */
  exchanges: readonly Exchange[];
  /** Adds one to the file. Absent: nothing is recorded, and nothing may be called. */
  append?: (exchange: Exchange) => void;
  /** Lets the file go. */
  close?: () => void;
}

interface Recorded {
  asked: Asked;
  answers: Answer[];
  /** How many of them have been given. */
  given: number;
  /** Whether the file had it at the start: it stays as it is. */
  old: boolean;
}

/**
 * The exchanges of a recording. What the file has is answered from it: the same request gets its
 * answers in the order in which they were recorded, and the last one from then on. What it does not
 * have is recorded, or fails.
 */
export class Recording {
  readonly #exchanges = new Map<string, Recorded>();
  readonly #append: RecordingOptions["append"];
  readonly #close: RecordingOptions["close"];

  constructor({ exchanges, append, close }: RecordingOptions) {
    this.#append = append;
    this.#close = close;
    for (const { key, asked, answer } of exchanges) this.#add(key, asked, answer, true);
  }

  /** Whether what is not in the recording fails. */
  get replays(): boolean {
    return this.#append === undefined;
  }

  /** Gives the recording to a flow. */
  of(flow: string): FlowRecording {
    return {
      recall: (asked) => this.#recall(flow, readAsked(flow, asked)),
      note: (asked, answer) => {
        const read = answerSchema.safeParse(answer);
        if (read.success) this.#note(flow, readAsked(flow, asked), read.data);
      },
    };
  }

  /** Lets the file go. */
  [Symbol.dispose](): void {
    this.#close?.();
  }

  #recall(flow: string, asked: Asked): Answer | undefined {
    const recorded = this.#exchanges.get(exchangeKey(flow, asked));
    if (recorded?.old) {
      const { answers, given } = recorded;
      recorded.given++;
      return answers[Math.min(given, answers.length - 1)];
    }
    if (!this.replays) return undefined;
    const known = [...this.#exchanges.values()].map(({ asked }) => asked);
    // 424: what the answer depends on is not there. It is nobody's passing failure.
    throw new FlowError("FAILED_PRECONDITION", describeMiss(flow, asked, known), { http: 424 });
  }

  #note(flow: string, asked: Asked, answer: Answer): void {
    const key = exchangeKey(flow, asked);
    const recorded = this.#exchanges.get(key);
    const last = recorded?.answers.at(-1);
    if (recorded?.old || last !== undefined && alike(last, answer)) return;
    this.#add(key, asked, answer, false);
    this.#append?.({ key, flow, asked, answer });
  }

  #add(key: string, asked: Asked, answer: Answer, old: boolean): void {
    const recorded = this.#exchanges.get(key) ?? { asked, answers: [], given: 0, old };
    recorded.answers.push(answer);
    this.#exchanges.set(key, recorded);
  }
}

/** Where the pieces of a stream were cut makes no other answer. */
function alike(one: Answer, other: Answer): boolean {
  const whole = ({ chunks: _, ...answer }: Answer) => canonicalJson(answer);
  return whole(one) === whole(other);
}

function readAsked(flow: string, asked: unknown): Asked {
  const { success, data } = askedSchema.safeParse(asked);
  if (success) return data;
  const message = `Flow "${flow}" asked a model or a tool something that cannot be recorded`;
  throw new FlowError("INTERNAL", message);
}
