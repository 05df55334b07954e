type Chunk = Uint8Array<ArrayBuffer>;

const NEWLINE = 10;

/** An answer on its way to a client, chunk by chunk, which a test can disturb. */
export class DisturbedStream {
  /** What the client gets. */
  readonly body: ReadableStream<Chunk>;
  readonly #source: ReadableStreamDefaultReader<Chunk>;
  readonly #ended: () => void;
  readonly #stopped = new AbortController();
  #client!: ReadableStreamDefaultController<Chunk>;
  /** Lines of our own, until the server's line is whole. */
  #waiting: Chunk[] = [];
  #lineIsWhole = true;

  /** No chunk goes on before `pass` resolves; `ended` is called once nothing more will come. */
  constructor(
    source: ReadableStream<Chunk>,
    pass: (signal: AbortSignal) => Promise<void>,
    ended: () => void,
  ) {
    this.#source = source.getReader();
    this.#ended = ended;
    this.body = new ReadableStream({
      start: (client) => {
        this.#client = client;
      },
      pull: () => this.#forward(pass),
      cancel: (reason) => this.#stop(reason),
    }, { highWaterMark: 0 });
  }

  /** Sends a line to the client as if it were the server's. */
  send(line: string): void {
    this.#waiting.push(new TextEncoder().encode(`${line}\n`));
    if (this.#lineIsWhole) this.#sendWaiting();
  }

  /** Ends the answer as the server would. */
  async close(): Promise<void> {
    await this.#stop("closed");
    this.#client.close();
  }

  /** Ends the answer in the middle, as a broken connection does. */
  async break(): Promise<void> {
    await this.#stop("broken");
    this.#client.error(new Error("The test broke the connection"));
  }

  async #forward(pass: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#stopped;
    try {
      const { value } = await this.#source.read();
      await pass(signal);
      if (value === undefined) {
        this.#ended();
        this.#client.close();
        return;
      }
      this.#client.enqueue(value);
      this.#lineIsWhole = value.at(-1) === NEWLINE;
      if (this.#lineIsWhole) this.#sendWaiting();
    } catch (error) {
      if (signal.aborted) return;
      this.#ended();
      this.#client.error(error);
    }
  }

  async #stop(reason: unknown): Promise<void> {
    this.#ended();
    this.#stopped.abort(reason);
    await this.#source.cancel(reason).catch(() => {});
  }

  #sendWaiting(): void {
    for (const line of this.#waiting.splice(0)) this.#client.enqueue(line);
  }
}
