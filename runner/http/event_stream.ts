import type { Clock } from "../../shared/clock.ts";

const encoder = new TextEncoder();

/** What every frame begins with. */
const START = "data: ";

/** Milliseconds of silence before a heartbeat; proxies give up on silent answers after 30 to 60 s. */
const HEARTBEAT = 15_000;

/** A stream of server-sent events that its reader paces. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts when the reader goes away before the end. */
  readonly cancelled: AbortSignal;
  /** Sends a frame; resolves when the reader has taken it, or is gone. Never rejects. */
  send(frame: unknown): Promise<void>;
  /** Sends the last frame and ends the stream; what is sent afterwards is dropped. */
  end(frame: unknown): Promise<void>;
}

/**
 * Opens a stream that holds back: nothing is buffered before its reader asks for it.
 *
 * While nothing is sent, a heartbeat keeps the connection open. Genkit's client takes a comment or
 * another event for a broken frame, so a heartbeat is the beginning of the next frame, and then a
 * space at a time, which JSON may have before a value.
 */
export function openEventStream({ clock }: { clock: Clock }): EventStream {
  // The readable side of a TransformStream has no buffer, so a write waits for a read.
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const cancelled = new AbortController();
  writer.closed.catch(() => cancelled.abort());
  let ended = false;
  let begun = false;
  // A failed write means that the reader is gone, which `cancelled` tells.
  const write = (bytes: Uint8Array) => writer.write(bytes).catch(() => {});
  let last = clock.now();
  const beat = () => {
    const silent = clock.now() - last;
    // A reader that has not taken the last write yet would not take this one.
    if (silent >= HEARTBEAT && (writer.desiredSize ?? 0) > 0) {
      write(encoder.encode(begun ? " " : START));
      begun = true;
    }
    stopBeating = clock.after(silent < HEARTBEAT ? HEARTBEAT - silent : HEARTBEAT, beat);
  };
  let stopBeating = clock.after(HEARTBEAT, beat);
  cancelled.signal.addEventListener("abort", () => stopBeating(), { once: true });
  const send = async (frame: unknown) => {
    if (ended) return;
    const bytes = encodeFrame(frame);
    const rest = begun ? bytes.subarray(START.length) : bytes;
    begun = false;
    last = clock.now();
    await write(rest);
  };
  return {
    body: readable,
    cancelled: cancelled.signal,
    send,
    async end(frame) {
      const sent = send(frame);
      ended = true;
      stopBeating();
      await sent;
      await writer.close().catch(() => {});
    },
  };
}

/**
 * Encodes one frame as `data: <JSON>` and an empty line, in ASCII only: Genkit's client decodes each
 * network chunk by itself, which breaks a character that lies across two; and it knows neither
 * comments nor other fields.
 */
export function encodeFrame(frame: unknown): Uint8Array {
  const json = JSON.stringify(frame).replace(
    /[\u007f-\uffff]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  return encoder.encode(`${START}${json}\n\n`);
}
