/** A watcher of the system whose events come from a test. */
export class FakeWatcher implements Deno.FsWatcher {
  /** Resolved by close(). */
  readonly closed = Promise.withResolvers<void>();
  #events = new TransformStream<Deno.FsEvent, Deno.FsEvent>();
  #writer = this.#events.writable.getWriter();

  /** Resolves when the event has been taken. */
  async emit(kind: Deno.FsEvent["kind"], ...paths: string[]) {
    await this.#writer.write({ kind, paths });
  }

  /** Makes the system give up watching. */
  async fail(message: string) {
    await this.#writer.abort(new Error(message));
  }

  close() {
    this.closed.resolve();
    this.#writer.close().catch(() => {});
  }

  [Symbol.dispose]() {
    this.close();
  }

  [Symbol.asyncIterator]() {
    return this.#events.readable.values();
  }
}
