import { cacheKey } from "../cache/cache_key.ts";
import type { CacheHit, CacheResult, ResponseCache } from "../cache/response_cache.ts";
import type { FlowCall } from "../host/flow_handle.ts";
import type { CallResult } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";
import { type CallEnd, runUntil } from "./call_until.ts";
import { CallerGone } from "./caller_gone.ts";

/** What an answer that a model did not end by itself ends with; it is no whole one. */
const BROKEN_OFF = new Set(["length", "blocked", "aborted", "interrupted"]);

/** The fields of an answer; one that has others, such as a question to its caller, is not kept. */
const ANSWER = new Set(["text", "output", "usage"]);

/** One call's use of its flow's cache. */
export class CacheUse {
  readonly #cache: ResponseCache;
  readonly #key: string;
  readonly #reads: boolean;
  readonly #writes: boolean;
  #hit: CacheHit | undefined;
  #brokenOff = false;
  #frames: unknown[] | undefined;

  /** @param cacheControl The request's header, if any. */
  constructor(cache: ResponseCache, call: Omit<FlowCall, "signal">, cacheControl = "") {
    this.#cache = cache;
    this.#key = cacheKey(call);
    const said = cacheControl.toLowerCase().split(",").map((directive) => directive.trim());
    this.#writes = !said.includes("no-store");
    // Browsers say max-age=0 where a script asked for `cache: "no-cache"` (the Fetch standard).
    this.#reads = this.#writes && !said.includes("no-cache") && !said.includes("max-age=0");
  }

  /** What the cache was to the call, as far as is known. */
  get result(): CacheResult {
    return this.#hit ? "hit" : this.#reads ? "miss" : "bypass";
  }

  /** The headers that tell it to the caller. */
  get headers(): Record<string, string> {
    return {
      "x-genkitd-cache": this.result,
      ...this.#hit && { "age": String(this.#hit.ageSeconds) },
    };
  }

  /** Looks for an answer. */
  find(): CacheHit | undefined {
    this.#hit = this.#reads ? this.#cache.get(this.#key) : undefined;
    return this.#hit;
  }

  /** Sees the call's steps, which tell whether its answer is whole, and hands them on. */
  watch(onStep?: FlowCall["onStep"]): NonNullable<FlowCall["onStep"]> {
    return (step: Step, flow) => {
      if (step.kind === "model" && flow === undefined) {
        this.#brokenOff = BROKEN_OFF.has(step.finishReason ?? "");
      }
      onStep?.(step, flow);
    };
  }

  /** Takes a frame of the stream that the call is answered by. */
  frame(frame: unknown): void {
    (this.#frames ??= []).push(frame);
  }

  /** Keeps the call's answer, if it is one to keep and the caller allows it. */
  keep(result: CallResult): boolean {
    if (!this.#writes || this.#brokenOff) return false;
    if (!Object.keys(result).every((key) => ANSWER.has(key))) return false;
    return this.#cache.set(this.#key, { result, frames: this.#frames });
  }

  /**
   * Answers a call that is not streamed: from the cache, by waiting for one that is exactly alike, or
   * by running it. Whoever waits has a time limit of its own; where the other's caller goes away one
   * of those that wait runs instead, and where it fails each runs for itself.
   */
  async answer(run: () => Promise<CallResult>, end: CallEnd): Promise<CallResult> {
    const { flights } = this.#cache;
    for (;;) {
      const hit = this.find();
      if (hit) return hit.result;
      const flight = this.#reads ? flights.find(this.#key) : undefined;
      if (flight === undefined) break;
      if (await runUntil(() => flight, end) === "apart") return await this.#run(run);
    }
    if (!this.#reads) return await this.#run(run);
    const ended = flights.begin(this.#key);
    try {
      const result = await run();
      ended(this.keep(result) ? "kept" : "apart");
      return result;
    } catch (error) {
      ended(error instanceof CallerGone ? "gone" : "apart");
      throw error;
    }
  }

  async #run(run: () => Promise<CallResult>): Promise<CallResult> {
    const result = await run();
    this.keep(result);
    return result;
  }
}
