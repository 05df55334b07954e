/** Milliseconds that a server gets to end its response once it has said that it is done. */
const LET_GO = 1_000;

/**
 * Reads the data of server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation);
 * comments and other fields are passed over. It ends after the event `[DONE]`, or with the stream.
 * An event that the stream's end cuts is not given.
 *
 * @throws what reading the stream throws.
 */
export async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let event: string | undefined;
  let left = false;
  try {
    for (let { done, value } = await reader.read(); !done;) {
      let rest = decoder.decode(value, { stream: true });
      for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
        const line = (parts.join("") + rest.slice(0, end)).replace(/\r$/, "");
        parts = [];
        rest = rest.slice(end + 1);
        if (line !== "") {
          const [, data] = /^data: ?(.*)$/s.exec(line) ?? [];
          if (data !== undefined) event = event === undefined ? data : `${event}\n${data}`;
          continue;
        }
        if (event === undefined) continue;
        yield event;
        if (event === "[DONE]") {
          left = true;
          readToEnd(reader);
          return;
        }
        event = undefined;
      }
      if (rest !== "") parts.push(rest);
      ({ done, value } = await reader.read());
    }
    left = true;
    // The blank line after the last event is often forgotten.
    if (event !== undefined) yield event;
  } finally {
    // Whoever reads has given up: the server must not go on.
    if (!left) reader.cancel().catch(() => {});
  }
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
