import { STREAM_WINDOW } from "../host/sandbox_messages.ts";

/**
 * The chunks of one streamed call on their way to a caller: as many as the caller has given credit
 * for are sent, the rest wait here. Whoever makes chunks should wait for {@linkcode open}.
 */
export class StreamWindow {
  #credit = STREAM_WINDOW;
  #waiting: unknown[] = [];
  #send: (chunk: unknown) => void;
  #opened = Promise.withResolvers<void>();
  #sent = Promise.withResolvers<void>();
  #closed = false;

  constructor(send: (chunk: unknown) => void) {
    this.#send = send;
    this.#opened.resolve();
  }

  /** Sends a chunk, now or when there is credit. */
  push(chunk: unknown): void {
    if (this.#closed) return;
    if (this.#credit === 0) {
      if (this.#waiting.push(chunk) === 1) this.#sent = Promise.withResolvers();
      return;
    }
    this.#send(chunk);
    if (--this.#credit === 0) this.#opened = Promise.withResolvers();
  }

  /** The caller took so many chunks. */
  give(chunks: number): void {
    this.#credit += chunks;
    while (this.#credit > 0 && this.#waiting.length > 0) {
      this.#send(this.#waiting.shift());
      this.#credit--;
    }
    if (this.#waiting.length === 0) this.#sent.resolve();
    if (this.#credit > 0) this.#opened.resolve();
  }

  /** Resolves when all chunks have been sent and there is credit for the next one. */
  open(): Promise<void> {
    return this.#opened.promise;
  }

  /** Resolves when all chunks have been sent. */
  sent(): Promise<void> {
    return this.#waiting.length === 0 ? Promise.resolve() : this.#sent.promise;
  }

  /** Drops what waits, and lets go whoever waits: the call has ended. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#sent.resolve();
    this.#opened.resolve();
  }
}
