import { AsyncLocalStorage } from "node:async_hooks";
import type { TraceContext, Usage } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";
import type { CallFlow } from "../tools/flow_ref.ts";
import type { RecordedCall } from "./recorded_call.ts";
import type { AskableModel } from "./askable_model.ts";
import type { StreamWindow } from "./stream_window.ts";
import type { TurnProgress } from "./turn_progress.ts";

/** What code below Genkit needs to know of the call that it works for. */
export interface RunningCall {
  /** Aborted when the call is cancelled. */
  signal: AbortSignal;
  /** Where the chunks of a streamed answer go. */
  window?: StreamWindow;
  /** Tokens of all turns so far, as their providers counted them. */
  usage: Usage;
  /** The turn of a model that is under way, or was last. */
  turn?: TurnProgress;
  /** Goes with the requests to providers and tools. */
  trace?: TraceContext;
  /** Whether steps tell what only spans hold. */
  traced?: boolean;
  /** Whether steps tell what went in and came out. */
  recordContent?: boolean;
  /** Called for each turn of a model and call of a tool that has ended. */
  onStep?: (step: Step) => void;
  /** Where turns and tools are recorded, or answered from. */
  recording?: RecordedCall;
  /** Settles when the tool that the model asked for last has ended, and those before it. */
  toolsBefore?: Promise<void>;
  /** The model that is asked, or answered last. */
  answering?: AskableModel;
  /** Genkit's word for why the model ended its last turn. */
  finishReason?: string | undefined;
  /** Milliseconds that the call may still take. */
  timeLeft?: () => number;
  /** How many flows have called one another to get here. */
  depth?: number;
  /** Runs a flow of the same server. */
  callFlow?: CallFlow;
}

/**
 * The call that the running code works for. Genkit hands a signal to models only, not to tools, and
 * nothing to the `fetch` below them; this reaches all.
 */
export const runningCall: AsyncLocalStorage<RunningCall> = new AsyncLocalStorage();
