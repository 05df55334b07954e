import { FlowError } from "../../shared/flow_error.ts";
import { type Flow, loadFlow } from "./flow.ts";
import { sandboxError } from "./call_failure.ts";
import type { RunningCall } from "./running_call.ts";
import type { CallMessage, FromSandbox, LoadMessage, ToSandbox } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";
import { FlowRequests } from "./flow_requests.ts";
import { RecordedCall } from "./recorded_call.ts";
import { Recalls } from "./recalls.ts";
import { StreamWindow } from "./stream_window.ts";

/** A call that has not been answered. */
interface Call {
  controller: AbortController;
  window: StreamWindow | undefined;
}

/**
 * The inside of a sandbox: takes the main process's messages, holds the loaded flows and the calls
 * in flight, and answers through `send`. Every `load` and every `call` gets exactly one answer.
 */
export class SandboxSession {
  #flows = new Map<string, Flow>();
  #calls = new Map<number, Call>();
  /** Values that must not be in recorded content. */
  #secrets = new Set<string>();
  #send: (message: FromSandbox) => void;
  #flowRequests: FlowRequests;
  #recalls: Recalls;
  #residentBytes: () => number;

  constructor(options: { send: (message: FromSandbox) => void; residentBytes: () => number }) {
    this.#send = options.send;
    this.#flowRequests = new FlowRequests(options.send);
    this.#recalls = new Recalls(options.send);
    this.#residentBytes = options.residentBytes;
  }

  /** Takes one message. Never rejects; resolves when the message has been dealt with. */
  async receive(message: ToSandbox): Promise<void> {
    switch (message?.type) {
      case "load":
        return await this.#load(message);
      case "unload":
        return await this.#unload(message.flow);
      case "call":
        return await this.#call(message);
      case "cancel":
        this.#calls.get(message.call)?.controller.abort(cancelled(message.timedOut));
        return;
      case "credit":
        this.#calls.get(message.call)?.window?.give(message.chunks);
        return;
      case "flowAnswer":
        return this.#flowRequests.answer(message);
      case "recalled":
        return this.#recalls.answer(message);
      case "ping":
        return this.#send({
          type: "pong",
          ping: message.ping,
          residentBytes: this.#residentBytes(),
        });
      default: {
        const { type } = (message ?? {}) as { type?: unknown };
        const text = `A message of the unknown type ${JSON.stringify(type)} is passed over`;
        this.#send({ type: "log", level: "warn", message: text });
      }
    }
  }

  /** Takes the credentials of the flows out of a text. */
  #redact(text: string): string {
    return [...this.#secrets].reduce((text, secret) => text.replaceAll(secret, "***"), text);
  }

  #redacted(step: Step): Step {
    const { input, output } = step;
    if (input === undefined && output === undefined) return step;
    return {
      ...step,
      ...input !== undefined && { input: this.#redact(input) },
      ...output !== undefined && { output: this.#redact(output) },
    };
  }

  #recorded(call: number, signal: AbortSignal): RecordedCall {
    return new RecordedCall({
      recall: (asked) => this.#recalls.ask(call, asked, signal),
      note: (asked, answer) => this.#send({ type: "note", call, asked, answer }),
      redact: (text) => this.#redact(text),
      toError: sandboxError,
    });
  }

  async #load(message: LoadMessage): Promise<void> {
    const { flow, definition, credentials, fallbackCredentials = [], toolHeaders } = message;
    const keys = [credentials, ...fallbackCredentials].flatMap((each) => Object.values(each));
    const headers = Object.values(toolHeaders ?? {}).flatMap((headers) => Object.values(headers));
    // A tool's server may say a token back without the scheme before it.
    const parts = headers.flatMap((header) => header.split(/\s+/));
    for (const secret of [...keys, ...headers, ...parts]) {
      if (secret.length >= 8) this.#secrets.add(secret);
    }
    try {
      const loaded = await loadFlow({ definition, credentials, fallbackCredentials, toolHeaders });
      this.#flows.set(flow, loaded);
      const { prompts, warnings } = loaded;
      this.#send({ type: "loaded", flow, prompts, warnings });
    } catch (error) {
      this.#send({ type: "refused", flow, reason: (error as Error).message });
    }
  }

  async #unload(flow: string): Promise<void> {
    const loaded = this.#flows.get(flow);
    this.#flows.delete(flow);
    await loaded?.close();
  }

  async #call(message: CallMessage): Promise<void> {
    const { call, flow, prompt, input, stream, auth, conversation, trace } = message;
    const { traced, recordContent, timeLeft } = message;
    const loaded = this.#flows.get(flow);
    if (loaded === undefined) {
      const message = `The flow "${flow}" is not loaded`;
      return this.#send({ type: "error", call, error: { status: "NOT_FOUND", message } });
    }
    const controller = new AbortController();
    const window = stream
      ? new StreamWindow((chunk) => this.#send({ type: "chunk", call, chunk }))
      : undefined;
    this.#calls.set(call, { controller, window });
    // A call that waits for its caller to take chunks must end when it is cancelled.
    controller.signal.addEventListener("abort", () => window?.close(), { once: true });
    const running: RunningCall = {
      signal: controller.signal,
      ...window && { window },
      usage: {},
      depth: message.depth ?? 0,
      callFlow: (flow, input) => this.#flowRequests.ask(call, flow, input, controller.signal),
      ...timeLeft !== undefined && { timeLeft: countdown(timeLeft) },
      ...trace && { trace },
      ...traced && { traced },
      ...recordContent && { recordContent },
      ...message.recording && { recording: this.#recorded(call, controller.signal) },
      onStep: (step) => this.#send({ type: "step", call, step: this.#redacted(step) }),
    };
    try {
      const result = await loaded.call(prompt, { input, auth, conversation }, running);
      await window?.sent();
      controller.signal.throwIfAborted();
      running.recording?.answered();
      this.#send({ type: "result", call, result });
    } catch (error) {
      const failure = error instanceof FlowError && !controller.signal.aborted
        ? error
        : new FlowError("CANCELLED", "The call was cancelled");
      this.#send({ type: "error", call, error: sandboxError(failure) });
    } finally {
      this.#calls.delete(call);
      window?.close();
    }
  }
}

/** Why a call ends early: what is asked goes by the status. */
function cancelled(timedOut = false): FlowError {
  return timedOut
    ? new FlowError("DEADLINE_EXCEEDED", "The call has run out of time")
    : new FlowError("CANCELLED", "The call was cancelled");
}

/** Gives what is left of so many milliseconds. */
function countdown(ms: number): () => number {
  const end = performance.now() + ms;
  return () => end - performance.now();
}
