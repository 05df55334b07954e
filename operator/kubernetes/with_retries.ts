import type { Clock } from "../../shared/clock.ts";
import { ApiError, NOT_SENT } from "./api_error.ts";
import { pause } from "../../shared/pause.ts";

/** How {@linkcode withRetries} goes about it. */
export interface RetryOptions {
  /** How often to try in all. */
  tries: number;
  /** Whether the request may be carried out twice. */
  repeatable: boolean;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  signal?: AbortSignal | undefined;
}

const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;
/** However long a server asks for, in milliseconds. */
const LONGEST_ASKED = 30_000;

/**
 * Runs a request, again where it failed for a passing reason: after waits that grow, that are never
 * shorter than the server asks, and of which the rest is chance. One that is not repeatable is run
 * again only where it was certainly not carried out.
 *
 * @throws {ApiError} the last one; and at once whatever else the request throws.
 */
export async function withRetries<T>(
  request: () => Promise<T>,
  { tries, repeatable, clock, random, signal }: RetryOptions,
): Promise<T> {
  for (let tried = 1;; tried++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ApiError && error.transient) || tried >= tries) throw error;
      if (!repeatable && !wasTurnedAway(error)) throw error;
      const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1));
      const asked = Math.min(error.retryAfter ?? 0, LONGEST_ASKED);
      await pause(asked + longest * random(), clock, signal);
      signal?.throwIfAborted();
    }
  }
}

/** 429 is answered before anything is done. */
function wasTurnedAway({ status, reason }: ApiError): boolean {
  return status === 429 || reason === NOT_SENT;
}
