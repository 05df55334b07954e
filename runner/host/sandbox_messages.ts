import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import type { ToolHeaders } from "../tools/flow_tools.ts";
import type { Answer, Asked } from "../recording/exchange.ts";
import type { Status } from "../../shared/status.ts";
import type { Step } from "./step.ts";
import type { Conversation, PendingTool, ResumeToken } from "./tool_approval.ts";

/**
 * The messages between the main process and a sandbox: one JSON document a line, over the
 * sandbox's standard input and output. Requests carry numbers that the main process chooses;
 * nothing that a sandbox says is trusted beyond its own calls.
 */

/** Makes a flow ready to be called under the key `flow` (unique for each version of it). */
export interface LoadMessage {
  type: "load";
  flow: string;
  definition: FlowDefinition;
  /** Key to value; only the keys that the flow's provider reads. */
  credentials: Record<string, string>;
  /** The same for each fallback of the flow's config, in order. */
  fallbackCredentials?: Record<string, string>[];
  /** The headers of each tool's requests, by the tool's name (its definition's). */
  toolHeaders?: ToolHeaders;
}

/** Runs one prompt of a loaded flow. */
export interface CallMessage {
  type: "call";
  call: number;
  flow: string;
  prompt: string;
  input: unknown;
  stream: boolean;
  /** What prompts see as `@auth`. */
  auth?: Record<string, unknown>;
  /** An interrupted call that goes on; `input` has no part in it. */
  conversation?: Conversation;
  /** How many flows have called one another to get here; 0 where it is absent. */
  depth?: number;
  /** Milliseconds that the call may still take; as long as it likes where it is absent. */
  timeLeft?: number;
  /** Goes with the requests to providers and tools. */
  trace?: TraceContext;
  /** Steps tell what only spans hold. */
  traced?: boolean;
  /** Steps tell what went in and came out. */
  recordContent?: boolean;
  /** Turns and tools are asked of the recording first (`recall`), and told to it (`note`). */
  recording?: boolean;
}

/** The headers of W3C Trace Context (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  traceparent: string;
  tracestate?: string;
}

/** What the main process says to a sandbox. */
export type ToSandbox =
  | LoadMessage
  | { type: "unload"; flow: string }
  | CallMessage
  /** `timedOut` where the flow's own limit of time has ended the call. */
  | { type: "cancel"; call: number; timedOut?: boolean }
  /** Backpressure: the caller took `chunks` more chunks, so as many more may be sent. */
  | { type: "credit"; call: number; chunks: number }
  /** The answer to a `callFlow`: one of both. */
  | { type: "flowAnswer"; request: number; output?: unknown; error?: SandboxError }
  /** The answer to a `recall`; where neither is there, the model or tool is to be called. */
  | { type: "recalled"; request: number; answer?: Answer; error?: SandboxError }
  | { type: "ping"; ping: number };

/** What the main process needs to know of a loaded prompt to serve it. */
export interface PromptInfo {
  name: string;
  /** The prompt's input as a JSON Schema, where it declares one. */
  inputSchema?: Record<string, unknown>;
  /** `json` when the prompt declares a JSON output. */
  output: "text" | "json";
}

/** Tokens that a call used over all its turns, as the provider counted them. */
export interface Usage {
  inputTokens?: number;
  outputTokens?: number;
  /** Those of the input that the provider had in a cache. */
  cachedContentTokens?: number;
}

/** The answer of a prompt: `text`, or `output` where the prompt declares a JSON output. */
export interface CallResult {
  text: string;
  output?: unknown;
  usage?: Usage;
  /** The calls of tools that wait for approval: the call is interrupted, and has no answer yet. */
  pending?: PendingTool[];
  /** What a sandbox says of an interrupted call, so that it can go on; a caller gets it sealed. */
  messages?: unknown[];
  /** What a caller resumes an interrupted call with. */
  resume?: ResumeToken;
}

/** A failure that a caller may see: no key, no prompt, no stack. */
export interface SandboxError {
  status: Status;
  message: string;
  /** The HTTP status where it differs from the status code's own. */
  http?: number;
  /** Seconds. */
  retryAfter?: number;
}

/** What a sandbox says to the main process. */
export type FromSandbox =
  | { type: "ready" }
  | { type: "loaded"; flow: string; prompts: PromptInfo[]; warnings: string[] }
  | { type: "refused"; flow: string; reason: string }
  | { type: "chunk"; call: number; chunk: unknown }
  /** A turn of a model or a call of a tool has ended. */
  | { type: "step"; call: number; step: Step }
  /** Asks for a run of a flow of the same server, as a tool of the call. */
  | { type: "callFlow"; call: number; request: number; flow: string; input: unknown }
  /** Asks for what was recorded of a turn of a model or a call of a tool. */
  | { type: "recall"; call: number; request: number; asked: Asked }
  /** What came of one that was not recorded. */
  | { type: "note"; call: number; asked: Asked; answer: Answer }
  | { type: "result"; call: number; result: CallResult }
  | { type: "error"; call: number; error: SandboxError }
  /** `residentBytes` is the sandbox's own resident memory. */
  | { type: "pong"; ping: number; residentBytes: number }
  | { type: "log"; level: "debug" | "info" | "warn" | "error"; message: string };

/** How many chunks of one call may be on their way before the caller has taken any. */
export const STREAM_WINDOW = 32;
