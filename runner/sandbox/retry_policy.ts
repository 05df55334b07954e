import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { RETRIED_STATUS_CODES } from "../../shared/retried_status_codes.ts";

/** How often a model is asked again where it fails. */
export interface RetryPolicy {
  /** Tries in all. */
  attempts: number;
  statusCodes: readonly number[];
  /** Milliseconds of the longest wait before the second try. */
  backoff: number;
  /** Milliseconds that all tries of a turn may take; as long as the call where it is absent. */
  budget: number | undefined;
}

/** The longest wait that is drawn, in milliseconds. */
const MAX_BACKOFF = 10_000;

/** The longest `Retry-After` that is waited for, in milliseconds. */
const MAX_RETRY_AFTER = 30_000;

/**
 * Reads a model's `retry`. Without one it is asked once: the caller may have a policy of its own, and
 * two of them multiply.
 */
export function retryPolicy(retry: RuntimeConfig["retry"]): RetryPolicy {
  const { attempts, statusCodes, backoffMilliseconds, budgetSeconds } = retry ?? { attempts: 1 };
  return {
    attempts: attempts ?? 3,
    statusCodes: statusCodes ?? RETRIED_STATUS_CODES,
    backoff: backoffMilliseconds ?? 500,
    budget: budgetSeconds ? budgetSeconds * 1000 : undefined,
  };
}

/**
 * Gives the milliseconds to wait before the next try: drawn between 0 and a bound that doubles
 * ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), or what
 * the provider asked for and a draw more, so that not all callers come back at once. Undefined where
 * it asked for longer than is waited for.
 *
 * @param tries How many there have been.
 * @param retryAfter Seconds.
 * @param random Gives a number from 0 to 1.
 */
export function backoffBefore(
  { backoff }: Pick<RetryPolicy, "backoff">,
  { tries, retryAfter }: { tries: number; retryAfter?: number | undefined },
  random: () => number,
): number | undefined {
  if (retryAfter === undefined) {
    return Math.min(MAX_BACKOFF, backoff * 2 ** (tries - 1)) * random();
  }
  const asked = retryAfter * 1000;
  return asked > MAX_RETRY_AFTER ? undefined : asked + Math.min(MAX_BACKOFF, backoff) * random();
}
