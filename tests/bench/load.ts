const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a load did. */
export interface LoadResult {
  /** Requests a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/**
 * Sends `count` requests over `inFlight` keep-alive connections, each its next one when it has its
 * answer. Plain sockets, since a client that costs much would measure itself.
 *
 * @throws {Error} on any answer that is not 200.
 */
export async function load(
  { port, path, body, inFlight, count }: {
    port: number;
    path: string;
    body: string;
    inFlight: number;
    count: number;
  },
): Promise<LoadResult> {
  const request = encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      `content-length: ${encoder.encode(body).length}\r\n\r\n${body}`,
  );
  const times: number[] = [];
  let left = count;
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const buffer = new Uint8Array(64 * 1024);
    while (left-- > 0) {
      const sent = performance.now();
      await connection.write(request);
      await readAnswer(connection, buffer);
      times.push(performance.now() - sent);
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

async function readAnswer(connection: Deno.Conn, buffer: Uint8Array): Promise<void> {
  let length = 0;
  for (;;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) throw new Error("The connection was closed before the answer");
    length += read;
    const text = decoder.decode(buffer.subarray(0, length));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(`Unexpected answer: ${text}`);
    const [, declared] = /content-length: (\d+)/i.exec(text) ?? [];
    if (
      declared === undefined ? text.endsWith("0\r\n\r\n") : length >= head + 4 + Number(declared)
    ) {
      return;
    }
  }
}
