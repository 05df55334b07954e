import { AsyncLocalStorage } from "node:async_hooks";
import type { Usage } from "../host/sandbox_messages.ts";
import type { StreamWindow } from "./stream_window.ts";

/** What code below Genkit needs to know of the call that it works for. */
export interface RunningCall {
  /** Aborted when the call is cancelled. */
  signal: AbortSignal;
  /** Where the chunks of a streamed answer go. */
  window?: StreamWindow;
  /** Tokens of all turns so far. */
  usage: Usage;
}

/**
 * The call that the running code works for. Genkit hands a signal to models only, not to tools, and
 * nothing to the `fetch` below them; this reaches all.
 */
export const runningCall: AsyncLocalStorage<RunningCall> = new AsyncLocalStorage();
