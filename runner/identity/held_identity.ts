import type { Clock } from "../../shared/clock.ts";
import type { TemporaryCredentials, WorkloadIdentity } from "./workload_identity.ts";

/** Options of a {@linkcode HeldIdentity}. */
export interface HeldIdentityOptions {
  clock: Clock;
  /** Called when there are new credentials, or those that there were have run out. */
  changed: () => void;
  /** Called with why credentials could not be had. It is tried again. */
  failed: (reason: string) => void;
}

/** Milliseconds before the second, third, … attempt; the last one repeats. */
const BACKOFF = [1_000, 5_000, 15_000, 60_000];
/** Milliseconds that one attempt may take. */
const TIMEOUT = 10_000;
/** Milliseconds before their end at which credentials are replaced, at the latest. */
const MARGIN = 5 * 60_000;
/** The most milliseconds that a timer takes is 2^31; credentials are not held longer than a day. */
const LONGEST = 24 * 3_600_000;

/**
 * Holds the credentials of one workload identity, and gets new ones well before they run out. Where
 * none are to be had, it goes on trying, and those that there are serve until their end.
 */
export class HeldIdentity {
  #identity: WorkloadIdentity;
  #options: HeldIdentityOptions;
  #credentials: Readonly<Record<string, string>> | undefined;
  #failure = "they are still being fetched";
  #failures = 0;
  #closed = new AbortController();
  #cancelRefresh: () => void = () => {};
  #cancelEnd: () => void = () => {};
  /** Settles with the end of the first attempt. */
  readonly first: Promise<void>;

  constructor(identity: WorkloadIdentity, options: HeldIdentityOptions) {
    this.#identity = identity;
    this.#options = options;
    this.first = this.#obtain();
  }

  /** The credentials at this moment, if there are any. */
  get credentials(): Readonly<Record<string, string>> | undefined {
    return this.#credentials;
  }

  /** Why there are none. */
  get failure(): string {
    return this.#failure;
  }

  /** Ends the attempts. */
  close(): void {
    this.#closed.abort();
    this.#cancelRefresh();
    this.#cancelEnd();
  }

  async #obtain(): Promise<void> {
    const { clock } = this.#options;
    const attempt = new AbortController();
    const end = () => attempt.abort();
    this.#closed.signal.addEventListener("abort", end, { once: true });
    const cancelTimeout = clock.after(TIMEOUT, end);
    try {
      this.#keep(await this.#identity.obtain(attempt.signal));
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#failure = attempt.signal.aborted
        ? `there was no answer within ${TIMEOUT / 1000} s`
        : (error as Error).message;
      this.#options.failed(this.#failure);
      const delay = BACKOFF[Math.min(this.#failures++, BACKOFF.length - 1)]!;
      this.#cancelRefresh = clock.after(delay, () => this.#obtain());
    } finally {
      cancelTimeout();
      this.#closed.signal.removeEventListener("abort", end);
    }
  }

  #keep({ credentials, lifetime }: TemporaryCredentials): void {
    if (this.#closed.signal.aborted) return;
    const { clock, changed } = this.#options;
    const holds = Math.min(Math.max(lifetime, 0), LONGEST);
    this.#failures = 0;
    this.#credentials = credentials;
    this.#cancelEnd();
    this.#cancelEnd = clock.after(holds, () => {
      this.#credentials = undefined;
      changed();
    });
    // Short-lived ones are replaced at half of their time.
    const refresh = Math.max(holds / 2, holds - MARGIN, 1_000);
    this.#cancelRefresh = clock.after(refresh, () => this.#obtain());
    changed();
  }
}
