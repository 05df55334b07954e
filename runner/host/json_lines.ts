import { setImmediate } from "node:timers";

const encoder = new TextEncoder();

/** Writes values as JSON, one a line, in the order of the calls; what waits goes in one write. */
export interface JsonLineWriter {
  write(value: unknown): void;
}

/**
 * Makes a writer of JSON lines; `write` takes the bytes, and the next ones once it has. A failing
 * `write` ends the writing silently: its reader's end shows up as the end of the process that reads.
 */
export function jsonLineWriter(write: (bytes: Uint8Array) => void | Promise<void>): JsonLineWriter {
  let waiting: string[] = [];
  let writing = false;
  const flush = async () => {
    try {
      while (waiting.length > 0) {
        const batch = encoder.encode(waiting.join(""));
        waiting = [];
        await write(batch);
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
 * Gives the function that takes the bytes of a text as they come, and calls `take` with each line.
 * It throws a RangeError where a line is longer than `maxLength` characters.
 */
export function lineSplitter(
  take: (line: string) => void,
  maxLength: number,
): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      parts.push(text.slice(start, end));
      const line = parts.join("");
      parts = [];
      length = 0;
      start = end + 1;
      take(line);
    }
    length += text.length - start;
    if (length > maxLength) throw new RangeError(`A line is longer than ${maxLength} characters`);
    if (start < text.length) parts.push(text.slice(start));
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
  const lines: string[] = [];
  const split = lineSplitter((line) => lines.push(line), maxLength);
  for await (const bytes of stream) {
    split(bytes);
    yield* lines.splice(0);
  }
}
