import type { CallResult, PromptInfo } from "./sandbox_messages.ts";

/** One run of a prompt. */
export interface FlowCall {
  prompt: string;
  input: unknown;
  /** Aborted when the caller went away or ran out of time; stops the upstream call too. */
  signal: AbortSignal;
  auth?: Record<string, unknown>;
  /**
   * Called for each chunk of a streamed answer (Genkit's GenerateResponseChunk as JSON); the next
   * chunks wait while its promise is pending. Absent: the answer is not streamed.
   */
  onChunk?: (chunk: unknown) => void | Promise<void>;
}

/** One loaded version of a flow, ready to be called. */
export interface FlowHandle {
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
