const encoder = new TextEncoder();

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

/** Opens a stream that holds back: nothing is buffered before its reader asks for it. */
export function openEventStream(): EventStream {
  // The readable side of a TransformStream has no buffer, so a write waits for a read.
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const cancelled = new AbortController();
  writer.closed.catch(() => cancelled.abort());
  let ended = false;
  const send = async (frame: unknown) => {
    if (ended) return;
    // A failed write means that the reader is gone, which `cancelled` tells.
    await writer.write(encodeFrame(frame)).catch(() => {});
  };
  return {
    body: readable,
    cancelled: cancelled.signal,
    send,
    async end(frame) {
      const sent = send(frame);
      ended = true;
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
  return encoder.encode(`data: ${json}\n\n`);
}
