/** How long a container that ended waits until it starts again, in milliseconds. */
export interface RestartBackoffOptions {
  /** After the first end; 10 s in real kubelets. */
  initial: number;
  /** The longest wait; 5 min in real kubelets. */
  max: number;
}

/** Counts the ends of a container in a row: the waits double, until one run lasted long enough. */
export class RestartBackoff {
  readonly #options: RestartBackoffOptions;
  #next = 0;

  constructor(options: RestartBackoffOptions) {
    this.#options = options;
  }

  /** The wait after a run of `ran` milliseconds. The first restart of a container is at once. */
  after(ran: number): number {
    const { initial, max } = this.#options;
    if (ran > 2 * max) this.#next = 0;
    const wait = this.#next;
    this.#next = wait === 0 ? initial : Math.min(2 * wait, max);
    return wait;
  }
}
