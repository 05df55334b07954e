const decoder = new TextDecoder();

/** What is read of an HTTP/1.1 answer. */
export interface Answer {
  status: number;
  /** Whether it has `Retry-After`. */
  retryAfter: boolean;
  /** Whether the connection can be used again. */
  keepAlive: boolean;
}

/**
 * Reads one answer, whole, from a connection.
 *
 * @throws {Error} where the connection ends before.
 */
export async function readAnswer(
  connection: Deno.Conn,
  buffer: Uint8Array = new Uint8Array(4 * 1024),
): Promise<Answer> {
  let length = 0;
  for (;;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) throw new Error("The connection was closed before the answer");
    length += read;
    const text = decoder.decode(buffer.subarray(0, length));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    const [, declared] = /content-length: (\d+)/i.exec(text) ?? [];
    const whole = declared === undefined
      ? text.endsWith("0\r\n\r\n")
      : length >= head + 4 + Number(declared);
    if (!whole) continue;
    const headers = text.slice(0, head);
    return {
      status: Number(headers.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length)),
      retryAfter: /^retry-after: \d+/im.test(headers),
      keepAlive: !/^connection: close/im.test(headers),
    };
  }
}
