/** Holds back what passes through it, from being closed until it is opened. */
export class Gate {
  #opened: PromiseWithResolvers<void> | undefined;

  /** Resolves when the gate is open. Rejects with the signal's reason when it aborts before. */
  async pass(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#opened === undefined) return;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([this.#opened.promise, promise]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }
}
