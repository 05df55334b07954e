/** A failure, in the runner's words. */
export class CallError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Calls a flow and gives its answer.
 *
 * @param {string} path
 * @param {{data: object, headers: Record<string, string>, signal: AbortSignal,
 *   began: (requestId: string) => void, chunk: (text: string) => void}} call
 * @returns {Promise<{result: unknown, interrupted?: true}>}
 * @throws {CallError}
 */
export async function callFlow(path, { data, headers, signal, began, chunk }) {
  const response = await fetch(path, {
    method: "POST",
    headers: {
      ...headers,
      "content-type": "application/json",
      "accept": "text/event-stream",
      "x-genkit-protocol": "callable",
    },
    body: JSON.stringify({ data }),
    signal,
    credentials: "omit",
    cache: "no-store",
  });
  began(response.headers.get("x-request-id") ?? "");
  if (!response.ok) throw errorOf(await response.json().catch(() => ({})), response.status);
  for await (const frame of frames(response.body)) {
    if (frame.error) throw errorOf(frame);
    if ("result" in frame) return frame;
    if (typeof frame.message === "string") chunk(frame.message);
  }
  throw new CallError("The answer broke off");
}

/** The frames of a stream: `data: <JSON>` and an empty line. */
async function* frames(body) {
  let rest = "";
  for await (const text of texts(body)) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      if (part.startsWith("data:")) yield JSON.parse(part.slice("data:".length));
    }
  }
}

/** Not every browser has asynchronous iteration of streams. */
async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function errorOf({ error }, http) {
  const status = error?.status ?? (http === undefined ? undefined : `HTTP ${http}`);
  return new CallError(error?.message ?? "The server gave no reason", status);
}
