/** Milliseconds that a server gets to end its response once it has said that it is done. */
const LET_GO = 1_000;

/** Options of {@linkcode readServerSentEvents}. */
export interface ReadEventsOptions {
  /**
   * Tells the last event of the stream: reading ends with it, and what the server still sends is
   * read for a moment, so that its connection can be used again.
   */
  isLast?: (data: string) => boolean;
  /** Called with each `id` and `retry`, before the data of its event is given. */
  onField?: (field: "id" | "retry", value: string) => void;
}

/**
 * Reads the data of server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation), with
 * any of the three line ends; comments and other fields are passed over. It ends with the stream, or
 * with the event that `isLast` knows. Whoever stops early cancels the stream.
 *
 * The blank line after the last event is often forgotten, so an event whose line is whole is given at
 * the stream's end; one that is cut is not.
 *
 * @throws what reading the stream throws.
 */
export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  { isLast = () => false, onField }: ReadEventsOptions = {},
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // The pieces of a line that has not ended; joined once, as a line may be long.
  let pieces: string[] = [];
  let event: string | undefined;
  let left = false;
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      let text = decoder.decode(value, { stream: true });
      // A CR at the end may be the first half of a CRLF.
      if (pieces.at(-1)?.endsWith("\r")) text = pieces.pop()! + text;
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      const rest = lines.pop()!;
      for (const end of lines) {
        const line = pieces.join("") + end;
        pieces = [];
        if (line !== "") {
          const data = dataOf(line);
          if (data !== undefined) event = event === undefined ? data : `${event}\n${data}`;
          else if (onField !== undefined) tellField(line, onField);
          continue;
        }
        if (event === undefined) continue;
        yield event;
        if (isLast(event)) {
          left = true;
          readToEnd(reader);
          return;
        }
        event = undefined;
      }
      if (rest !== "") pieces.push(rest);
    }
    left = true;
    if (pieces.join("") !== "" && pieces.join("") !== "\r") return;
    if (event !== undefined) yield event;
  } finally {
    // Whoever reads has given up: the server must not go on.
    if (!left) reader.cancel().catch(() => {});
  }
}

function dataOf(line: string): string | undefined {
  if (!line.startsWith("data:")) return undefined;
  return line.slice(line[5] === " " ? 6 : 5);
}

function tellField(line: string, tell: NonNullable<ReadEventsOptions["onField"]>): void {
  const [, field, value] = /^(id|retry): ?(.*)$/.exec(line) ?? [];
  if (field !== undefined) tell(field as "id" | "retry", value!);
}

/** Reads what is left of a response, so that its connection can be used again. Never rejects. */
async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => reader.cancel().catch(() => {}), LET_GO);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The answer is complete all the same.
  } finally {
    clearTimeout(timer);
  }
}
