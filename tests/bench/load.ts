import { readAnswer } from "./read_answer.ts";

const encoder = new TextEncoder();

/** What a load did; times are in milliseconds. */
export interface LoadResult {
  /** How long each request took, in no order. */
  times: number[];
  /** How long all of them took together. */
  took: number;
}

/** What loads come to. */
export interface LoadFigures {
  /** Requests a second. */
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** Puts loads of the same kind together. */
export function figures(loads: readonly LoadResult[]): LoadFigures {
  const times = loads.flatMap(({ times }) => times).sort((a, b) => a - b);
  const took = loads.reduce((sum, { took }) => sum + took, 0);
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { rate: times.length / (took / 1000), p50: at(0.5), p99: at(0.99) };
}

/**
 * Sends `count` requests over `inFlight` keep-alive connections, each its next one when it has its
 * answer. Plain sockets, since a client that costs much would measure itself.
 *
 * @throws {Error} on any answer that is not 200.
 */
export async function load(
  { port, path, body, headers = {}, inFlight, count, spread = 0 }: {
    port: number;
    path: string;
    body: string;
    headers?: Record<string, string>;
    inFlight: number;
    count: number;
    /** Milliseconds over which the connections' first requests are spread. */
    spread?: number;
  },
): Promise<LoadResult> {
  const request = encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n` +
      Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("") +
      `content-length: ${encoder.encode(body).length}\r\n\r\n${body}`,
  );
  const times: number[] = [];
  let left = count;
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, async (_, index) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    const buffer = new Uint8Array(64 * 1024);
    if (spread > 0) await new Promise((go) => setTimeout(go, spread * index / inFlight));
    while (left-- > 0) {
      const sent = performance.now();
      await connection.write(request);
      const { status } = await readAnswer(connection, buffer);
      if (status !== 200) throw new Error(`The answer is ${status}, it should be 200`);
      times.push(performance.now() - sent);
    }
  }));
  return { times, took: performance.now() - start };
}
