import type { ResponseCache } from "../cache/response_cache.ts";
import type { FlowRecording } from "../recording/recording.ts";
import type { CallResult, PromptInfo, TraceContext } from "./sandbox_messages.ts";
import type { Step } from "./step.ts";
import type { Conversation, Resumption } from "./tool_approval.ts";

/** One run of a prompt. */
export interface FlowCall {
  prompt: string;
  input: unknown;
  /** Aborted when the caller went away or ran out of time; stops the upstream call too. */
  signal: AbortSignal;
  auth?: Record<string, unknown>;
  /** Who calls, unique among the flow's callers; absent where anybody may. */
  caller?: string;
  /** An interrupted call that goes on, in place of a new one; `input` has no part in it. */
  resumption?: Resumption;
  /** What {@linkcode resumption} stands for, once the host has opened it. */
  conversation?: Conversation;
  /** Milliseconds that are left for it; as long as it likes where it is absent. */
  timeLeft?: () => number;
  /** Whether its caller gave it less time than the flow does. */
  hurried?: boolean;
  /** How many flows have called one another to get here, on any server; 0 where it is absent. */
  depth?: number;
  /** The flows of this server that did so, the first one first. */
  chain?: readonly string[];
  /**
   * Runs a flow of the same server as a tool of this call, and gives its answer.
   *
   * @throws {FlowError} where that cannot be, or it fails.
   */
  callFlow?: (flow: string, input: unknown) => Promise<unknown>;
  /**
   * Called for each chunk of a streamed answer (Genkit's GenerateResponseChunk as JSON); the next
   * chunks wait while its promise is pending. Absent: the answer is not streamed.
   */
  onChunk?: (chunk: unknown) => void | Promise<void>;
  /** The trace that the call's requests to providers and tools belong to. */
  trace?: TraceContext;
  /** Whether steps tell what only spans hold. */
  traced?: boolean;
  /** Whether steps tell what went in and came out. */
  recordContent?: boolean;
  /** Where turns and tools are recorded, or answered from. */
  recording?: FlowRecording;
  /**
   * Called for each turn of a model and call of a tool that has ended, also after a cancellation;
   * with the flow that did it, where that is one that this flow has called.
   */
  onStep?: (step: Step, flow?: string) => void;
}

/** One loaded version of a flow, ready to be called. */
export interface FlowHandle {
  /** The answers of this version that are kept, where the flow keeps any. */
  readonly cache?: ResponseCache | undefined;
  /** By name; partials are not among them. */
  readonly prompts: ReadonlyMap<string, PromptInfo>;
  /**
   * Runs a prompt.
   *
   * @throws {FlowError} with what the caller may see.
   */
  call(call: FlowCall): Promise<CallResult>;
}

/** What a path of the server leads to. */
export type Route =
  | { flow: string; prompt: string; handle: FlowHandle }
  /** The flow is known and cannot be served now; callers get 503 and the reason. */
  | { flow: string; failed: string };

/** The state of one flow, for /readyz. */
export interface FlowState {
  name: string;
  /** `loading` until the flow has settled once. */
  state: "loading" | "serving" | "failed";
  /** Why it failed, or what a reader should know of it. */
  reason?: string;
}

/** The routes of a server at one moment; replaced as a whole, never changed in place. */
export interface RouteTable {
  /** By path without the leading slash, e.g. `greeter`. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly flows: readonly FlowState[];
}
