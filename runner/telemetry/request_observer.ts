import type { CacheResult } from "../cache/response_cache.ts";
import type { TraceContext } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";

/** What is known of a request as it arrives. */
export interface ObservedRequest {
  method: string;
  headers: Headers;
  requestId: string;
}

/** How a request ended. */
export interface RequestOutcome {
  /** The HTTP status; of a stream, the one that it would have had as a whole answer. */
  status: number;
  /** The status code of the error, e.g. `UNAVAILABLE`. */
  error?: string | undefined;
}

/** One request, as telemetry sees it. */
export interface RequestObservation {
  /** The trace that what the request causes belongs to. */
  readonly trace: TraceContext | undefined;
  /** Whether steps should tell what only spans hold. */
  readonly traced: boolean;
  /** Whether steps should tell what went in and came out. */
  readonly recordContent: boolean;
  /** It leads to this prompt of this flow. */
  routed(flow: string, prompt: string): void;
  /**
   * The flow has done a step for it, or the named one that it has called. This may come after the
   * end, where the caller went away.
   */
  step(step: Step, flow?: string): void;
  /** What the flow's cache was to it, where the flow has one. */
  cached(result: CacheResult): void;
  /** It has been answered. */
  end(outcome: RequestOutcome): void;
}

/** Takes note of requests. */
export interface RequestObserver {
  begin(request: ObservedRequest): RequestObservation;
}
