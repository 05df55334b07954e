import type { Clock } from "../../shared/clock.ts";
import type { ObservedRequest, RequestObservation } from "../telemetry/request_observer.ts";
import type { RequestObserver } from "../telemetry/request_observer.ts";

/** One call of a flow, as the page shows it: nothing of what was said. */
export interface RecentRequest {
  /** The answer's `x-request-id`. */
  id: string;
  flow: string;
  prompt: string;
  /** When it came, in ISO 8601. */
  at: string;
  /** How long it took, in milliseconds; absent while it runs. */
  ms?: number;
  /** The HTTP status; absent while it runs. */
  status?: number;
  /** The status code of the error, e.g. `UNAVAILABLE`. */
  error?: string;
  /** Milliseconds from its arrival to the first words of the model, where they were streamed. */
  firstChunkMs?: number;
  /** The models that took a turn, each once. */
  models: string[];
  /** How many turns models took, and calls of tools there were. */
  turns: number;
  toolCalls: number;
  /** Over all turns, as the provider counted them. */
  inputTokens?: number;
  outputTokens?: number;
  /** What the flow's cache was to it, where the flow has one. */
  cache?: string;
}

/** How many calls are kept. */
const KEPT = 100;
/** The most models that one call names. */
const MODELS = 8;

/** Keeps what is known of the last calls of flows, in memory. */
export class RecentRequests implements RequestObserver {
  readonly #clock: Clock;
  readonly #now: () => Date;
  readonly #tell: (request: RecentRequest) => void;
  readonly #requests: RecentRequest[] = [];

  /** `tell` is called as a call begins, and each time that more is known of it at its end. */
  constructor(
    { clock, now, tell }: { clock: Clock; now: () => Date; tell: (request: RecentRequest) => void },
  ) {
    this.#clock = clock;
    this.#now = now;
    this.#tell = tell;
  }

  /** The last calls, the newest first. */
  get requests(): readonly RecentRequest[] {
    return this.#requests;
  }

  begin({ requestId }: ObservedRequest): RequestObservation {
    const began = this.#clock.now();
    const at = this.#now().toISOString();
    let kept: RecentRequest | undefined;
    let ended = false;
    return {
      trace: undefined,
      traced: false,
      recordContent: false,
      // What leads to no flow is not kept: anybody can ask for anything.
      routed: (flow, prompt) => {
        kept = { id: requestId, flow, prompt, at, models: [], turns: 0, toolCalls: 0 };
        this.#requests.unshift(kept);
        this.#requests.length = Math.min(this.#requests.length, KEPT);
        this.#tell(kept);
      },
      step: (step) => {
        if (kept === undefined) return;
        if (step.kind === "tool") kept.toolCalls++;
        else {
          kept.turns++;
          const model = `${step.provider}/${step.model}`;
          if (!kept.models.includes(model) && kept.models.length < MODELS) kept.models.push(model);
          const { inputTokens, outputTokens } = step.usage;
          if (inputTokens !== undefined) kept.inputTokens = (kept.inputTokens ?? 0) + inputTokens;
          if (outputTokens !== undefined) {
            kept.outputTokens = (kept.outputTokens ?? 0) + outputTokens;
          }
          if (step.firstChunkMs !== undefined) {
            const sinceArrival = this.#clock.now() - began - step.ms + step.firstChunkMs;
            kept.firstChunkMs ??= Math.max(0, Math.round(sinceArrival));
          }
        }
        if (ended) this.#tell(kept);
      },
      cached: (result) => {
        if (kept) kept.cache = result;
      },
      end: ({ status, error }) => {
        if (kept === undefined) return;
        ended = true;
        kept.ms = Math.round(this.#clock.now() - began);
        kept.status = status;
        if (error !== undefined) kept.error = error;
        this.#tell(kept);
      },
    };
  }
}
