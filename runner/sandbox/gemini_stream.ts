/** The requests of Genkit's plugins for a stream of Gemini's. */
const STREAMED = /:streamGenerateContent\?alt=sse$/;

/** The end of an event. */
const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

/**
 * Wraps a `fetch` so that streams of Gemini's hold only what Genkit's plugins can read. They stop at
 * a comment, which proxies send so that a connection stays open; and where an event is an error,
 * they take it for a piece without text, or for a prompt that was blocked.
 */
export function geminiStreams(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { body, ok, status, headers } = response;
    const url = input instanceof Request ? input.url : String(input);
    if (!ok || body === null || !STREAMED.test(url)) return response;
    if (!headers.get("content-type")?.startsWith("text/event-stream")) return response;
    return new Response(body.pipeThrough(plainEvents()), { status, headers });
  };
}

/** Takes what is no data out of server-sent events; an error is the last thing that it lets through. */
function plainEvents(): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  // The pieces of an event that has not ended; joined once, as it may be long.
  let pieces: string[] = [];
  return new TransformStream({
    transform(chunk, controller) {
      const text = decoder.decode(chunk, { stream: true });
      pieces.push(text);
      if (!/[\r\n]/.test(text)) return;
      const events = pieces.join("").split(BLANK_LINE);
      pieces = [events.pop()!];
      for (const event of events) {
        const plain = plainEvent(event);
        if (plain === "") continue;
        const isError = isFailure(plain);
        controller.enqueue(encoder.encode(isError ? plain : `data: ${plain}\n\n`));
        if (isError) return controller.terminate();
      }
    },
    flush(controller) {
      const rest = pieces.join("");
      const plain = plainEvent(rest);
      // The blank line after the last event is often forgotten. One that is cut off is left out: the
      // reason why the model finished is missing then.
      if (isFailure(plain)) controller.enqueue(encoder.encode(plain));
      else if (isJson(plain)) controller.enqueue(encoder.encode(`data: ${plain}\n\n`));
      else if (!/^data:/m.test(rest)) controller.enqueue(encoder.encode(plain));
    },
  });
}

/** The data of an event; what is no event, such as an error that stands there as plain JSON, as it is. */
function plainEvent(event: string): string {
  return event.split(/\r\n|\n|\r/)
    .filter((line) => !/^(:|(event|id|retry):)/.test(line))
    .map((line) => line.replace(/^data: ?/, ""))
    .join(" ").trim();
}

function isFailure(text: string): boolean {
  return /^\[?\s*\{\s*"error"\s*:/.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
