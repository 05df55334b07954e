import { heldFetch } from "../shared/held_fetch.ts";
import { RuleBroken } from "./rule.ts";

/** An HTTP answer, read whole. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** How a runner's flows are called: see docs/contract.md, C-HTTP-02 and C-HTTP-03. */
export type CallProtocol = "raw" | "callable";

/** The most of an answer that is read, in bytes. */
const MOST = 8 * 1024 * 1024;

/**
 * Asks a runner, and waits `timeout` milliseconds for the whole answer.
 *
 * @throws {RuleBroken} where there is no answer.
 */
export async function request(
  url: string,
  { timeout, ...init }: RequestInit & { timeout: number },
): Promise<Answer> {
  const what = `${init.method ?? "GET"} ${new URL(url).pathname}`;
  try {
    const response = await heldFetch(url, {
      ...init,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: await readAtMost(response.body, MOST),
    };
  } catch (error) {
    const why = error instanceof DOMException && error.name === "TimeoutError"
      ? `no answer in ${timeout / 1000} s`
      : error instanceof Error
      ? error.message
      : String(error);
    throw new RuleBroken(`${what} failed: ${why}`);
  }
}

/** The body of a call whose input is `input`. */
export function callBody(protocol: CallProtocol, input: unknown): string {
  return JSON.stringify(protocol === "raw" ? input : { data: input });
}

/** Writes an answer down for a person: its status and how its body begins. */
export function describeAnswer({ status, body }: Answer): string {
  const text = body.trim();
  return `${status} ${JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text)}`;
}

async function readAtMost(body: ReadableStream<Uint8Array> | null, most: number): Promise<string> {
  let text = "";
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.length > most) throw new Error(`the answer has more than ${most} bytes`);
  }
  return text;
}
