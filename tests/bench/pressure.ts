import { CALLER_KEY } from "./bench_tree.ts";
import { type Answer, readAnswer } from "./read_answer.ts";

/** What came of one request. */
export interface Outcome {
  /** 0 where the client went away before there was an answer. */
  status: number;
  /** Milliseconds since it should have been sent. */
  ms: number;
  /** Whether the answer said when to try again. */
  retryAfter: boolean;
}

/** How much is asked of a server. */
export interface Pressure {
  port: number;
  path: string;
  /** Requests a second, whatever becomes of them. */
  rate: number;
  seconds: number;
  /** The share of the requests whose client goes away at some time within 50 ms. */
  leaving: number;
}

/** What came of it. */
export interface PressureResult {
  outcomes: Outcome[];
  /** Requests without any answer, though their client waited. */
  unanswered: number;
  /** When the clients that went away did so, by the name that they sent (`gone-7`). */
  left: Map<string, number>;
}

/** The most milliseconds that an answer is waited for. */
const PATIENCE = 30_000;
/** Milliseconds after which a connection that is idle is not used again. */
const MAX_IDLE = 30_000;
const encoder = new TextEncoder();
let lastName = 0;

/**
 * Sends requests at a steady rate, each on a keep-alive connection that is free or a new one, so that
 * a server that is slow gets no rest. Resolves when all are answered or given up.
 */
export async function pressure(
  { port, path, rate, seconds, leaving }: Pressure,
): Promise<PressureResult> {
  const result: PressureResult = { outcomes: [], unanswered: 0, left: new Map() };
  const free: { connection: Deno.TcpConn; since: number }[] = [];
  const running = new Set<Promise<void>>();

  // As any client must: the server may close what has long been idle while a request is on its way.
  const reuse = () => {
    const oldest = performance.now() - MAX_IDLE;
    while (free[0] !== undefined && free[0].since < oldest) free.shift()!.connection.close();
    return free.pop()?.connection;
  };
  const send = async (due: number) => {
    const leaves = Math.random() < leaving;
    const name = `${leaves ? "gone" : "stay"}-${++lastName}`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let answer: Answer | undefined;
    let connection: Deno.TcpConn | undefined;
    let gone = false;
    const end = () => {
      gone = true;
      if (leaves) result.left.set(name, performance.now());
      connection?.close();
    };
    try {
      connection = reuse() ?? await Deno.connect({ hostname: "127.0.0.1", port });
      timer = setTimeout(end, leaves ? Math.random() * 50 : PATIENCE);
      await connection.write(requestText(path, name));
      answer = await readAnswer(connection);
    } catch (error) {
      if (!gone) console.error(`A request had no answer: ${error}`);
    }
    clearTimeout(timer);
    const { status, retryAfter } = answer ?? { status: 0, retryAfter: false };
    if (status === 0 && !(leaves && gone)) result.unanswered++;
    else result.outcomes.push({ status, retryAfter, ms: performance.now() - due });
    if (gone || connection === undefined) return;
    if (answer?.keepAlive) free.push({ connection, since: performance.now() });
    else connection.close();
  };

  const start = performance.now();
  let sent = 0;
  while (sent < rate * seconds) {
    const due = Math.min(rate * seconds, (performance.now() - start) / 1000 * rate);
    for (; sent < due; sent++) {
      const one: Promise<void> = send(start + sent / rate * 1000).finally(() =>
        running.delete(one)
      );
      running.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(running);
  for (const { connection } of free) connection.close();
  return result;
}

function requestText(path: string, name: string): Uint8Array {
  const body = JSON.stringify({ name });
  return encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
      `${CALLER_KEY.header}: ${CALLER_KEY.value}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}
