import type { Clock } from "../../shared/clock.ts";
import type { CallResult } from "../host/sandbox_messages.ts";
import { SingleFlight } from "./single_flight.ts";

/** How much a cache keeps, and for how long. */
export interface CacheLimits {
  ttlSeconds: number;
  /** Default {@linkcode CACHE.maxEntries}. */
  maxEntries?: number | null | undefined;
  /** Default {@linkcode CACHE.maxBytes}. */
  maxBytes?: number | null | undefined;
}

/** What holds where a flow does not say. */
export const CACHE = { maxEntries: 1_000, maxBytes: 16 * 1024 * 1024 } as const;

/** A whole answer of a flow. */
export interface CachedAnswer {
  result: CallResult;
  /** The frames of the stream that it came as, without the last one; absent where it came whole. */
  frames?: readonly unknown[] | undefined;
}

/** An answer that a cache has, and how old it is. */
export interface CacheHit extends CachedAnswer {
  ageSeconds: number;
}

/** What a cache was to a call; `bypass`: the caller wanted no answer of it. */
export type CacheResult = "hit" | "miss" | "bypass";

interface Entry {
  answer: CachedAnswer;
  bytes: number;
  /** When it was kept, by the clock. */
  at: number;
}

const encoder = new TextEncoder();

/**
 * The answers of one loaded version of a flow, in memory. What was asked for longest ago goes first
 * where there are too many, or too many bytes.
 */
export class ResponseCache {
  /** Calls that go on whose answers may be kept. */
  readonly flights: SingleFlight = new SingleFlight();
  readonly #entries = new Map<string, Entry>();
  readonly #ttl: number;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  #bytes = 0;

  constructor({ ttlSeconds, maxEntries, maxBytes }: CacheLimits, clock: Clock) {
    this.#ttl = ttlSeconds * 1000;
    this.#maxEntries = maxEntries ?? CACHE.maxEntries;
    this.#maxBytes = maxBytes ?? CACHE.maxBytes;
    this.#clock = clock;
  }

  /** How many answers there are, and their bytes as JSON with their keys. */
  get size(): { entries: number; bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  /** Gives the answer that is kept under a key, where it is not too old. */
  get(key: string): CacheHit | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const age = this.#clock.now() - entry.at;
    if (age >= this.#ttl) {
      this.#drop(key, entry);
      return undefined;
    }
    // A Map is in the order of insertion: the first one is the one that was used longest ago.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { ...entry.answer, ageSeconds: Math.floor(age / 1000) };
  }

  /** Keeps an answer; gives false where it alone is more than the cache may have. */
  set(key: string, answer: CachedAnswer): boolean {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#drop(key, before);
    const bytes = encoder.encode(key + JSON.stringify(answer)).length;
    if (bytes > this.#maxBytes) return false;
    this.#entries.set(key, { answer, bytes, at: this.#clock.now() });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest, entry);
    }
    return true;
  }

  #drop(key: string, { bytes }: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= bytes;
  }
}
