import { systemClock } from "../../shared/clock.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { fairShare } from "./fair_share.ts";
import type { FlowCall, FlowHandle } from "./flow_handle.ts";
import { type JsonLineWriter, jsonLineWriter, lineSplitter } from "./json_lines.ts";
import { RestartBackoff } from "./restart_backoff.ts";
import { SandboxCalls } from "./sandbox_calls.ts";
import { type Entry, loadedFlows } from "./sandbox_entry.ts";
import type {
  CallResult,
  FromSandbox,
  LoadMessage,
  PromptInfo,
  ToSandbox,
} from "./sandbox_messages.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import type { SandboxProcess } from "./sandbox_process.ts";
import type { SandboxState } from "./sandbox_state.ts";
import { unavailable } from "./unavailable.ts";
import type { ToolHeaders } from "../tools/flow_tools.ts";

/** A version of a flow that is loaded in a sandbox. */
export interface LoadedFlow extends FlowHandle {
  /** What the flow's author should know. */
  readonly warnings: readonly string[];
  /** Calls in flight. */
  readonly inFlight: number;
  /** Takes the flow out of the sandbox once its calls in flight have ended. */
  unload(): Promise<void>;
}

const MAX_LINE = 64 * 1024 * 1024;
/** Milliseconds in which a process must say that it is ready; on a busy machine that takes many. */
const START_TIMEOUT = 60_000;

/**
 * Supervises one sandbox: a process that runs the flows of one trust domain. When it dies (by an
 * error, for want of memory, or ended because it hangs) its calls in flight fail with UNAVAILABLE,
 * it is started again with backoff, and its flows are loaded again.
 */
export class Sandbox {
  #options: Required<SandboxOptions>;
  #process: SandboxProcess | undefined;
  #writer: JsonLineWriter | undefined;
  /** Whether the process has said that it is ready. */
  #ready = false;
  #closed = false;
  #entries = new Map<string, Entry>();
  #calls = new SandboxCalls((message) => this.#send(message));
  #lastFlow = 0;
  #missed = 0;
  #backoff = new RestartBackoff();
  #restarts = 0;
  #residentBytes = 0;
  #cancelTimer: () => void = () => {};
  #endReason: string | undefined;

  constructor(options: SandboxOptions) {
    this.#options = {
      clock: systemClock,
      maxCalls: 1024,
      heartbeat: 1000,
      missedHeartbeats: 5,
      maxResidentBytes: 768 * 1024 * 1024,
      ...options,
    };
    this.#start();
  }

  /** What it uses and does; memory is what it said last, 0 until then. */
  get state(): SandboxState {
    return {
      closed: this.#closed,
      residentBytes: this.#residentBytes,
      restarts: this.#restarts,
      flows: loadedFlows(this.#entries.values()),
    };
  }

  /** How many flows are loaded or loading. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Loads a flow.
   *
   * @throws {Error} with the reason, where the flow cannot be served.
   */
  async load(
    definition: FlowDefinition,
    credentials: Record<string, string>,
    toolHeaders: ToolHeaders = {},
    fallbackCredentials?: Record<string, string>[],
  ): Promise<LoadedFlow> {
    const flow = String(++this.#lastFlow);
    const message: LoadMessage = {
      type: "load",
      flow,
      definition,
      credentials,
      ...fallbackCredentials && { fallbackCredentials },
      toolHeaders,
    };
    const { promise, resolve, reject } = Promise.withResolvers<
      Extract<FromSandbox, { type: "loaded" }>
    >();
    const settle: Entry["settle"] = (answer) => {
      if (answer instanceof Error) reject(answer);
      else if (answer.type === "refused") reject(new Error(answer.reason));
      else resolve(answer);
    };
    this.#entries.set(flow, { message, loaded: false, settle });
    if (this.#ready) this.#send(message);
    try {
      const { prompts, warnings } = await promise;
      return this.#handle(flow, prompts, warnings);
    } catch (error) {
      this.#entries.delete(flow);
      throw error;
    }
  }

  /** Ends the process; calls in flight fail. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    this.#fail("it was closed");
    this.#process?.kill();
    await this.#process?.ended;
  }

  #handle(flow: string, prompts: PromptInfo[], warnings: string[]): LoadedFlow {
    const inFlight = () => this.#calls.count(flow);
    const idle = Promise.withResolvers<void>();
    let unloading = false;
    const release = () => {
      if (!unloading || inFlight() > 0) return;
      this.#entries.delete(flow);
      this.#send({ type: "unload", flow });
      idle.resolve();
    };
    return {
      prompts: new Map(prompts.map((prompt) => [prompt.name, prompt])),
      warnings,
      get inFlight() {
        return inFlight();
      },
      call: (call) => this.#call(flow, call).finally(release),
      unload() {
        unloading = true;
        release();
        return idle.promise;
      },
    };
  }

  #call(flow: string, call: FlowCall): Promise<CallResult> {
    if (!this.#entries.get(flow)?.loaded) {
      return Promise.reject(unavailable("is starting again"));
    }
    const inFlight = this.#calls.count();
    const share = fairShare(this.#options.maxCalls, { inFlight, flows: this.size });
    if (this.#calls.count(flow) >= share) {
      const state = `has ${inFlight} calls in flight, and takes no more of this flow`;
      return Promise.reject(unavailable(state));
    }
    return this.#calls.start(flow, call);
  }

  #send(message: ToSandbox): void {
    this.#writer?.write(message);
  }

  #start(): void {
    const started = this.#options.clock.now();
    const process = this.#options.start();
    this.#process = process;
    const stdin = process.stdin.getWriter();
    this.#writer = jsonLineWriter((bytes) => stdin.write(bytes));
    const reading = this.#read(process);
    this.#in(START_TIMEOUT, () => this.#end("it did not start"));
    process.ended.then(async (reason) => {
      // Else the pipe stays open until this process' garbage is collected.
      stdin.abort().catch(() => {});
      await reading;
      this.#died(reason, this.#options.clock.now() - started);
    });
  }

  async #read(process: SandboxProcess): Promise<void> {
    try {
      const split = lineSplitter((line) => this.#receive(JSON.parse(line)), MAX_LINE);
      for await (const bytes of process.stdout) split(bytes);
    } catch (error) {
      // What cannot be read cannot be trusted either; its end is the next thing to happen.
      this.#options.log.error("a sandbox speaks out of turn and is ended", {
        reason: error instanceof SyntaxError ? "not JSON" : (error as Error).message,
      });
      process.kill();
      await process.stdout.cancel().catch(() => {});
    }
  }

  #receive(message: FromSandbox): void {
    switch (message.type) {
      case "ready":
        if (!this.#ready) this.#beat();
        this.#ready = true;
        for (const { message } of this.#entries.values()) this.#send(message);
        return;
      case "loaded":
      case "refused": {
        const entry = this.#entries.get(message.flow);
        if (entry === undefined) return;
        entry.loaded = message.type === "loaded";
        entry.settle(message);
        return;
      }
      case "chunk":
        this.#calls.chunk(message.call, message.chunk);
        return;
      case "step":
        this.#calls.step(message.call, message.step);
        return;
      case "result":
        this.#calls.result(message.call, message.result);
        return;
      case "callFlow":
      case "recall":
      case "note":
        this.#calls.ask(message);
        return;
      case "error":
        this.#calls.error(message.call, message.error);
        return;
      case "pong":
        this.#missed = 0;
        this.#residentBytes = message.residentBytes;
        if (message.residentBytes > this.#options.maxResidentBytes) {
          this.#end("it uses too much memory");
        }
        return;
      case "log":
        this.#options.log[message.level]?.(message.message, { sandbox: true });
    }
  }

  /** Looks at a process that has started, again and again. */
  #beat(): void {
    this.#in(this.#options.heartbeat, () => {
      if (this.#missed++ >= this.#options.missedHeartbeats) return this.#end("it does not answer");
      this.#send({ type: "ping", ping: this.#missed });
      this.#beat();
    });
  }

  /** Does what is next to be done by the clock, in the place of what was. */
  #in(ms: number, run: () => void): void {
    this.#cancelTimer();
    if (!this.#closed) this.#cancelTimer = this.#options.clock.after(ms, run);
  }

  #end(reason: string): void {
    this.#endReason = reason;
    this.#process?.kill();
  }

  #died(said: string, lived: number): void {
    const reason = this.#endReason ?? said;
    this.#endReason = undefined;
    this.#cancelTimer();
    this.#ready = false;
    this.#missed = 0;
    this.#residentBytes = 0;
    for (const entry of this.#entries.values()) entry.loaded = false;
    if (this.#closed) return;
    this.#fail(reason);
    const delay = this.#backoff.died(lived);
    this.#options.log.error("a sandbox has died and is started again", {
      reason,
      delay,
      flows: this.#entries.size,
    });
    this.#in(delay, () => {
      this.#restarts++;
      this.#start();
    });
  }

  /** Fails the calls in flight, and the loads that a second start would fail as well. */
  #fail(reason: string): void {
    this.#calls.fail(unavailable(`has died while it worked on the call: ${reason}`));
    if (this.#closed || this.#backoff.deaths >= 2) {
      for (const { settle } of this.#entries.values()) {
        settle(new Error(`its sandbox has died: ${reason}`));
      }
    }
  }
}
