/** Options of {@linkcode Changes.until}. */
export interface UntilOptions {
  /** Milliseconds after which it throws. */
  patience: number;
  /** What is thrown then, as it is at that moment. */
  complaint(): string;
}

/** Has whoever waits for something look again after each change. */
export class Changes {
  #next = Promise.withResolvers<void>();

  /** Something has changed. */
  tell(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /**
   * Resolves with what `look` gives, once that is something: not undefined, null or false. It is asked
   * at once and after each change. Throws what `look` throws, and the complaint when it is late.
   */
  async until<T>(
    look: () => T | Promise<T>,
    { patience, complaint }: UntilOptions,
  ): Promise<NonNullable<T>> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), patience);
    try {
      for (;;) {
        const next = this.#next.promise;
        const result = await look();
        if (result !== undefined && result !== null && result !== false) return result;
        if (await Promise.race([next, late.promise]) === "late") throw new Error(complaint());
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
