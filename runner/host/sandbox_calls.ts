import { FlowError } from "../../shared/flow_error.ts";
import { isStatus } from "../../shared/status.ts";
import type { FlowCall } from "./flow_handle.ts";
import type { CallResult, SandboxError, ToSandbox } from "./sandbox_messages.ts";

interface Pending {
  flow: string;
  call: FlowCall;
  resolve(result: CallResult): void;
  reject(error: FlowError): void;
}

/** The calls of a sandbox that are in flight, by the numbers that its messages carry. */
export class SandboxCalls {
  #calls = new Map<number, Pending>();
  #last = 0;
  #send: (message: ToSandbox) => void;

  constructor(send: (message: ToSandbox) => void) {
    this.#send = send;
  }

  /** How many there are; of one flow, where it is named. */
  count(flow?: string): number {
    if (flow === undefined) return this.#calls.size;
    return [...this.#calls.values()].filter((call) => call.flow === flow).length;
  }

  /**
   * Sends a call, and the word that it is cancelled when its signal aborts.
   *
   * @throws {FlowError} the sandbox's answer where it is an error, or CANCELLED.
   */
  start(flow: string, call: FlowCall): Promise<CallResult> {
    if (call.signal.aborted) return Promise.reject(cancelled());
    const id = ++this.#last;
    return new Promise<CallResult>((resolve, reject) => {
      const cancel = () => {
        this.#calls.delete(id);
        this.#send({ type: "cancel", call: id });
        reject(cancelled());
      };
      const end = <T>(then: (value: T) => void) => (value: T) => {
        this.#calls.delete(id);
        call.signal.removeEventListener("abort", cancel);
        then(value);
      };
      call.signal.addEventListener("abort", cancel, { once: true });
      this.#calls.set(id, { flow, call, resolve: end(resolve), reject: end(reject) });
      this.#send({
        type: "call",
        call: id,
        flow,
        prompt: call.prompt,
        input: call.input,
        stream: call.onChunk !== undefined,
        ...call.auth && { auth: call.auth },
      });
    });
  }

  /** Hands a chunk on, and asks for the next one once the caller has taken it. */
  async chunk(id: number, chunk: unknown): Promise<void> {
    const pending = this.#calls.get(id);
    if (pending?.call.onChunk === undefined) return;
    try {
      await pending.call.onChunk(chunk);
      this.#send({ type: "credit", call: id, chunks: 1 });
    } catch (cause) {
      pending.reject(new FlowError("CANCELLED", "The caller has gone away", { cause }));
      this.#send({ type: "cancel", call: id });
    }
  }

  /** Ends a call well. */
  result(id: number, result: CallResult): void {
    this.#calls.get(id)?.resolve(result);
  }

  /** Ends a call with what the sandbox says went wrong. */
  error(id: number, { status, message, ...options }: SandboxError): void {
    const known = isStatus(status) ? status : "INTERNAL";
    this.#calls.get(id)?.reject(new FlowError(known, message, options));
  }

  /** Ends all calls with an error. */
  fail(error: FlowError): void {
    for (const pending of [...this.#calls.values()]) pending.reject(error);
  }
}

function cancelled(): FlowError {
  return new FlowError("CANCELLED", "The call was cancelled");
}
