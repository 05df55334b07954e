import type { Clock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";

/** How many pages may listen at the same time. */
const LISTENERS = 32;
/** How many events may wait for one listener; a page that stalls is let go, and connects anew. */
const WAITING = 256;
/** Milliseconds of silence before a comment; proxies give up on silent answers after 30 to 60 s. */
const HEARTBEAT = 15_000;

const encoder = new TextEncoder();

/** What a page that listens is given. */
export interface Listening {
  /** Server-sent events (the HTML standard, section 9.2). */
  body: ReadableStream<Uint8Array>;
  /** Resolves when it has ended, by either side. */
  ended: Promise<void>;
}

/** Tells pages that listen what happens, as server-sent events. */
export class PageEvents {
  readonly #clock: Clock;
  readonly #listeners = new Set<{ send(text: string): void; end(): void }>();
  #closed = false;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Begins to tell one more page.
   *
   * @throws {FlowError} 503 where too many listen, or the server is about to end.
   */
  listen(): Listening {
    if (this.#closed || this.#listeners.size >= LISTENERS) {
      const why = this.#closed
        ? "the server is about to end"
        : `${LISTENERS} pages listen, it should be fewer`;
      throw new FlowError("UNAVAILABLE", `Cannot tell of events: ${why}`, { retryAfter: 5 });
    }
    const ended = Promise.withResolvers<void>();
    let stopBeating = () => {};
    let listener: { send(text: string): void; end(): void } | undefined;
    const gone = () => {
      stopBeating();
      if (listener) this.#listeners.delete(listener);
      ended.resolve();
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const own = {
          send(text: string) {
            if ((controller.desiredSize ?? 0) <= 0) return own.end();
            controller.enqueue(encoder.encode(text));
          },
          end() {
            gone();
            controller.close();
          },
        };
        listener = own;
        this.#listeners.add(own);
        const beat = () => {
          stopBeating = this.#clock.after(HEARTBEAT, beat);
          own.send(":\n\n");
        };
        // The first bytes at once, so that the page knows that it listens.
        own.send(":\n\n");
        stopBeating = this.#clock.after(HEARTBEAT, beat);
      },
      cancel: gone,
    }, { highWaterMark: WAITING });
    return { body, ended: ended.promise };
  }

  /** Tells all pages that listen. */
  tell(event: string, data: unknown): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const listener of [...this.#listeners]) listener.send(text);
  }

  /** Ends all that is listened to, and lets nobody listen any more. */
  close(): void {
    this.#closed = true;
    for (const listener of [...this.#listeners]) listener.end();
  }
}
