import { FlowError } from "../../shared/flow_error.ts";
import { isStatus } from "../../shared/status.ts";
import type { FromSandbox, ToSandbox } from "../host/sandbox_messages.ts";
import type { Answer, Asked } from "../recording/exchange.ts";

/** What the main process answers. */
type Recalled = Extract<ToSandbox, { type: "recalled" }>;

/** The answers of the recording that calls of this sandbox wait for. */
export class Recalls {
  #waiting = new Map<number, (answer: Recalled) => void>();
  #last = 0;
  #send: (message: FromSandbox) => void;

  constructor(send: (message: FromSandbox) => void) {
    this.#send = send;
  }

  /**
   * Asks the main process what was recorded; undefined where the model or tool is to be called.
   *
   * @throws {FlowError} where it may not be called and nothing was recorded. The signal's reason
   * where that aborts.
   */
  ask(call: number, asked: Asked, signal: AbortSignal): Promise<Answer | undefined> {
    signal.throwIfAborted();
    const request = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<Answer | undefined>();
    const cancel = () => reject(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    this.#waiting.set(request, ({ answer, error }) => {
      if (error === undefined) return resolve(answer);
      const { status, message, ...options } = error;
      reject(new FlowError(isStatus(status) ? status : "INTERNAL", message, options));
    });
    this.#send({ type: "recall", call, request, asked });
    return promise.finally(() => {
      this.#waiting.delete(request);
      signal.removeEventListener("abort", cancel);
    });
  }

  /** Takes an answer; one that nobody waits for any more is passed over. */
  answer(message: Recalled): void {
    this.#waiting.get(message.request)?.(message);
  }
}
