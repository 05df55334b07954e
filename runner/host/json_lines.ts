import { setImmediate } from "node:timers";

const encoder = new TextEncoder();

/** Writes values as JSON, one a line, in the order of the calls; what waits goes in one write. */
export interface JsonLineWriter {
  write(value: unknown): void;
}

/**
 * Makes a writer of JSON lines. A failing stream ends the writing silently: its reader's end shows
 * up as the end of the process that reads.
 */
export function jsonLineWriter(stream: WritableStream<Uint8Array>): JsonLineWriter {
  const writer = stream.getWriter();
  let waiting: string[] = [];
  let writing = false;
  const flush = async () => {
    try {
      while (waiting.length > 0) {
        const batch = encoder.encode(waiting.join(""));
        waiting = [];
        await writer.write(batch);
      }
    } catch {
      // The other side is gone.
    }
    writing = false;
  };
  return {
    write(value) {
      waiting.push(JSON.stringify(value) + "\n");
      if (writing) return;
      writing = true;
      // After the events that are due by now, since what they write can go in the same write.
      setImmediate(flush);
    },
  };
}

/**
 * Reads lines of text from a stream of bytes.
 *
 * @throws {RangeError} where a line is longer than `maxLength` characters.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  maxLength: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of stream) {
    let rest = decoder.decode(bytes, { stream: true });
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      parts.push(rest.slice(0, end));
      yield parts.join("");
      parts = [];
      length = 0;
      rest = rest.slice(end + 1);
    }
    length += rest.length;
    if (length > maxLength) throw new RangeError(`A line is longer than ${maxLength} characters`);
    if (rest.length > 0) parts.push(rest);
  }
}
