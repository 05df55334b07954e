/** Lets so many in at once; so many more wait in a line, first come first served. */
export class Turnstile {
  readonly #concurrency: number;
  readonly #queue: number;
  #inside = 0;
  readonly #line: { enter: () => void }[] = [];

  constructor({ concurrency, queue }: { concurrency: number; queue: number }) {
    this.#concurrency = concurrency;
    this.#queue = queue;
  }

  /** How many are inside, and how many wait. */
  get load(): { inside: number; waiting: number } {
    return { inside: this.#inside, waiting: this.#line.length };
  }

  /** Whether nobody may even wait. */
  get full(): boolean {
    return this.#inside >= this.#concurrency && this.#line.length >= this.#queue;
  }

  /** Takes a turn, and gives the function that ends it; undefined where none is free. */
  enterNow(): (() => void) | undefined {
    if (this.#inside >= this.#concurrency) return undefined;
    this.#inside++;
    return this.#leave();
  }

  /**
   * Waits for a turn, and gives the function that ends it; undefined where the line is full. Rejects
   * with the signal's reason where it is aborted first.
   */
  enter(signal: AbortSignal): Promise<() => void> | undefined {
    const turn = this.enterNow();
    if (turn !== undefined) return Promise.resolve(turn);
    if (this.#line.length >= this.#queue) return undefined;
    return new Promise((resolve, reject) => {
      const waiting = {
        enter: () => {
          signal.removeEventListener("abort", gone);
          resolve(this.#leave());
        },
      };
      const gone = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", gone, { once: true });
      this.#line.push(waiting);
    });
  }

  /** Ends a turn, once: whoever is next takes the place over. */
  #leave(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#line.shift();
      if (next === undefined) this.#inside--;
      else next.enter();
    };
  }
}
