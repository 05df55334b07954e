import { FlowError } from "../../shared/flow_error.ts";
import { isStatus } from "../../shared/status.ts";
import type { FlowCall } from "./flow_handle.ts";
import type { CallResult, FromSandbox, SandboxError, ToSandbox } from "./sandbox_messages.ts";
import { readStep } from "./step.ts";

interface Pending {
  flow: string;
  call: FlowCall;
  resolve(result: CallResult): void;
  reject(error: FlowError): void;
}

type RecordingMessage = Extract<FromSandbox, { type: "recall" | "note" }>;
type CallFlowMessage = Extract<FromSandbox, { type: "callFlow" }>;

/** The calls of a sandbox that are in flight, by the numbers that its messages carry. */
export class SandboxCalls {
  #calls = new Map<number, Pending>();
  /** How many there are of each flow. */
  #counts = new Map<string, number>();
  /** Who hears of the steps of calls that were cancelled, until the sandbox has ended them. */
  #cancelled = new Map<number, NonNullable<FlowCall["onStep"]>>();
  #last = 0;
  #send: (message: ToSandbox) => void;

  constructor(send: (message: ToSandbox) => void) {
    this.#send = send;
  }

  /** How many there are; of one flow, where it is named. */
  count(flow?: string): number {
    if (flow === undefined) return this.#calls.size;
    return this.#counts.get(flow) ?? 0;
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
        this.#remove(id);
        if (call.onStep) this.#cancelled.set(id, call.onStep);
        const timedOut = isTimeout(call);
        this.#send({ type: "cancel", call: id, ...timedOut && { timedOut } });
        reject(cancelled());
      };
      const end = <T>(then: (value: T) => void) => (value: T) => {
        this.#remove(id);
        call.signal.removeEventListener("abort", cancel);
        then(value);
      };
      call.signal.addEventListener("abort", cancel, { once: true });
      this.#calls.set(id, { flow, call, resolve: end(resolve), reject: end(reject) });
      this.#counts.set(flow, this.count(flow) + 1);
      this.#send({
        type: "call",
        call: id,
        flow,
        prompt: call.prompt,
        input: call.input,
        stream: call.onChunk !== undefined,
        ...call.auth && { auth: call.auth },
        ...call.conversation && { conversation: call.conversation },
        ...call.timeLeft && { timeLeft: Math.max(0, call.timeLeft()) },
        ...call.depth && { depth: call.depth },
        ...call.trace && { trace: call.trace },
        ...call.traced && { traced: true },
        ...call.recordContent && { recordContent: true },
        ...call.recording && { recording: true },
      });
    });
  }

  #remove(id: number): void {
    const pending = this.#calls.get(id);
    if (pending === undefined) return;
    this.#calls.delete(id);
    const { flow } = pending;
    const left = this.count(flow) - 1;
    if (left > 0) this.#counts.set(flow, left);
    else this.#counts.delete(flow);
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

  /** Tells a caller of a step; what the sandbox says is checked first. */
  step(id: number, said: unknown): void {
    const onStep = this.#calls.get(id)?.call.onStep ?? this.#cancelled.get(id);
    const step = onStep && readStep(said, performance.timeOrigin + performance.now());
    if (step) onStep(step);
  }

  /** Does what a call asks of the main process; nobody waits for that of one that has ended. */
  async ask(message: CallFlowMessage | RecordingMessage): Promise<void> {
    if (message.type === "callFlow") return await this.callFlow(message);
    const recording = this.#calls.get(message.call)?.call.recording;
    if (recording === undefined) return;
    const { type, asked } = message;
    try {
      if (type === "note") return recording.note(asked, message.answer);
      const answer = recording.recall(asked);
      this.#send({ type: "recalled", request: message.request, ...answer && { answer } });
    } catch (error) {
      if (type === "note") return;
      this.#send({ type: "recalled", request: message.request, error: toldError(error) });
    }
  }

  /** Runs a flow for a call, and tells the sandbox how that went. */
  async callFlow({ call, request, flow, input }: CallFlowMessage): Promise<void> {
    const callFlow = this.#calls.get(call)?.call.callFlow;
    // Nobody waits for the answer of a call that has ended.
    if (callFlow === undefined) return;
    try {
      this.#send({ type: "flowAnswer", request, output: await callFlow(flow, input) });
    } catch (error) {
      this.#send({ type: "flowAnswer", request, error: toldError(error) });
    }
  }

  /** Ends a call well. */
  result(id: number, result: CallResult): void {
    this.#cancelled.delete(id);
    this.#calls.get(id)?.resolve(result);
  }

  /** Ends a call with what the sandbox says went wrong. */
  error(id: number, { status, message, ...options }: SandboxError): void {
    this.#cancelled.delete(id);
    const known = isStatus(status) ? status : "INTERNAL";
    this.#calls.get(id)?.reject(new FlowError(known, message, options));
  }

  /** Ends all calls with an error. */
  fail(error: FlowError): void {
    this.#cancelled.clear();
    for (const pending of [...this.#calls.values()]) pending.reject(error);
  }
}

/** What a sandbox is told of a failure. */
function toldError(error: unknown): SandboxError {
  const { status, message, http } = error instanceof FlowError
    ? error
    : new FlowError("INTERNAL", "internal error");
  return { status, message, http };
}

/** Whether a call ends since it took longer than its flow allows; a caller in a hurry says nothing. */
function isTimeout({ signal, hurried = false }: FlowCall): boolean {
  const reason: unknown = signal.reason;
  return !hurried && reason instanceof FlowError && reason.status === "DEADLINE_EXCEEDED";
}

function cancelled(): FlowError {
  return new FlowError("CANCELLED", "The call was cancelled");
}
