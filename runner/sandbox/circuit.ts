import type { Clock } from "../../shared/clock.ts";

/** What a circuit does with the next try. */
export type CircuitState = "closed" | "open" | "half_open";

/** What a {@linkcode Circuit} goes by. */
export interface CircuitOptions {
  clock: Clock;
  /** Gives a number from 0 to 1. */
  random: () => number;
}

/** A try that a circuit has let through. How it went is told once, by one of these. */
export interface Passage {
  /** The provider answered, be it with a refusal. */
  answered(): void;
  /** It failed. */
  failed(): void;
  /** It cannot be said: the caller went away. */
  ended(): void;
}

/** Failures in a row that open a circuit. */
export const FAILURES = 5;
/** Milliseconds that a circuit is open at first, and at most. */
const OPEN = { first: 10_000, most: 60_000 };
/** Milliseconds after which to come back while a probe is under way. */
const PROBING = 1_000;

/**
 * Keeps a flow from asking a model that does not answer anyway. It opens after five failures in a
 * row; after 10 seconds, twice as long after each further opening up to a minute, it lets a single
 * probe through, which closes it or opens it anew.
 */
export class Circuit {
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;
  #openings = 0;
  /** By the clock; undefined while it is closed. */
  #openUntil: number | undefined;
  #probing = false;

  constructor({ clock, random }: CircuitOptions) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What it does with the next try. */
  get state(): CircuitState {
    if (this.#openUntil === undefined) return "closed";
    return this.#clock.now() < this.#openUntil ? "open" : "half_open";
  }

  /** Lets a try through, or gives the milliseconds after which one may come back. */
  enter(): Passage | { wait: number } {
    const { state } = this;
    if (state === "closed") return this.#passage(false);
    if (state === "open") return { wait: this.#openUntil! - this.#clock.now() };
    if (this.#probing) return { wait: PROBING };
    this.#probing = true;
    return this.#passage(true);
  }

  #passage(isProbe: boolean): Passage {
    const end = () => {
      if (isProbe) this.#probing = false;
      // What began before it opened says nothing about now.
      return isProbe || this.#openUntil === undefined;
    };
    return {
      answered: () => {
        if (!end()) return;
        this.#failures = 0;
        this.#openings = 0;
        this.#openUntil = undefined;
      },
      failed: () => {
        if (end() && (++this.#failures >= FAILURES || isProbe)) this.#open();
      },
      ended: () => {
        end();
      },
    };
  }

  #open(): void {
    const length = Math.min(OPEN.most, OPEN.first * 2 ** this.#openings);
    // Many sandboxes that saw the same failure should not come back at the same moment.
    this.#openUntil = this.#clock.now() + length * (0.8 + 0.2 * this.#random());
    this.#openings++;
  }
}
