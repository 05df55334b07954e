import { FlowError } from "../../shared/flow_error.ts";
import { isStatus } from "../../shared/status.ts";
import type { FromSandbox, ToSandbox } from "../host/sandbox_messages.ts";

/** What the main process answers. */
export type FlowAnswer = Extract<ToSandbox, { type: "flowAnswer" }>;

/** The flows of the same server that calls of this sandbox wait for. */
export class FlowRequests {
  #waiting = new Map<number, (answer: FlowAnswer) => void>();
  #last = 0;
  #send: (message: FromSandbox) => void;

  constructor(send: (message: FromSandbox) => void) {
    this.#send = send;
  }

  /**
   * Asks the main process to run a flow, which ends by itself with the call that it is for.
   *
   * @param call The number of that call.
   * @throws {FlowError} the flow's own. The signal's reason where that aborts.
   */
  ask(call: number, flow: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const request = ++this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = () => reject(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    this.#waiting.set(request, ({ output, error }) => {
      if (error === undefined) return resolve(output ?? null);
      const { status, message, ...options } = error;
      reject(new FlowError(isStatus(status) ? status : "INTERNAL", message, options));
    });
    this.#send({ type: "callFlow", call, request, flow, input });
    return promise.finally(() => {
      this.#waiting.delete(request);
      signal.removeEventListener("abort", cancel);
    });
  }

  /** Takes an answer; one that nobody waits for any more is passed over. */
  answer(message: FlowAnswer): void {
    this.#waiting.get(message.request)?.(message);
  }
}
