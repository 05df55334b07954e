import { type Clock, systemClock } from "../../shared/clock.ts";
import { followRedirects } from "./follow_redirects.ts";
import { RETRIED_STATUS_CODES } from "../../shared/retried_status_codes.ts";
import { retryAfterMs } from "../../shared/retry_after.ts";
import { TIMEOUT_HEADER, timeoutHeader } from "../../shared/request_timeout.ts";
import { pause } from "../providers/pause.ts";
import { readLimited } from "./read_limited.ts";
import { redacted } from "./redacted.ts";
import { ToolFailure } from "./tool_failure.ts";
import { toolRequest } from "./tool_request.ts";

/** An HTTP endpoint that does a tool's work. */
export interface HttpTool {
  /** The tool's name, for messages. */
  name: string;
  /** Fields of the input may stand in it: `https://api.example/cities/{city}`. */
  url: string;
  /** `POST` where it is not given. */
  method?: string | null | undefined;
  /** Sent with each call; they may hold credentials. */
  headers?: Readonly<Record<string, string>>;
  /** The most seconds of a call, with what is tried again. Default {@linkcode HTTP_TOOL.timeoutSeconds}. */
  timeoutSeconds?: number | null | undefined;
  /** How often a call that changes nothing more when it is repeated is tried again. */
  retries?: number | null | undefined;
  /** The most bytes of an answer. */
  maxResponseBytes?: number | null | undefined;
}

/** What holds where a tool does not say. */
export const HTTP_TOOL = { timeoutSeconds: 30, retries: 2, maxResponseBytes: 1024 * 1024 } as const;

/** What a call of a tool needs beside it. */
export interface HttpToolContext {
  signal: AbortSignal;
  /** Milliseconds that the call may still take. */
  timeLeft?: (() => number) | undefined;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
  /** Between 0 and 1. */
  random?: () => number;
}

/** Methods that may be repeated (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** Answers after which it makes sense to try again; 500 is mostly a fault of the program's. */
const PASSING = new Set(RETRIED_STATUS_CODES.filter((status) => status !== 500));
/** Milliseconds before the second attempt at most; twice as many before the third, and so on. */
const BACKOFF = 200;
/** The most characters of a failing server's answer that a model gets to see. */
const MAX_SAID = 1_000;

/**
 * Calls a tool's endpoint: what of the input is not in the URL is the JSON body, or for GET, HEAD and
 * DELETE the query. Gives the response's JSON, or its text where it is not JSON. Redirects are
 * followed within the host only: the headers are meant for it.
 *
 * @throws {ToolFailure} where the endpoint cannot be reached in time, does not answer with 2xx, or
 * answers more than it may. The signal's reason where that aborts.
 */
export async function callHttpTool(
  tool: HttpTool,
  input: unknown,
  context: HttpToolContext,
): Promise<unknown> {
  const { name, method, timeoutSeconds, retries, headers = {} } = tool;
  const { signal, timeLeft, clock = systemClock, random = Math.random } = context;
  const verb = (method || "POST").toUpperCase();
  const seconds = timeoutSeconds ?? HTTP_TOOL.timeoutSeconds;
  const timeout = new AbortController();
  const cancelTimeout = clock.after(seconds * 1000, () => timeout.abort());
  const began = clock.now();
  const left = () => Math.min(began + seconds * 1000 - clock.now(), timeLeft?.() ?? Infinity);
  const ends = AbortSignal.any([signal, timeout.signal]);
  let again = IDEMPOTENT.has(verb) ? retries ?? HTTP_TOOL.retries : 0;
  try {
    for (let attempt = 0;; attempt++) {
      const answer = await exchange(tool, verb, input, {
        ...context,
        signal: ends,
        timeLeft: left,
      });
      if ("output" in answer) return answer.output;
      if (!answer.passing || again-- <= 0) throw answer.failure;
      const wait = answer.retryAfter ?? BACKOFF * 2 ** attempt * random();
      if (wait >= left()) throw answer.failure;
      await pause(wait, ends, clock);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.signal.aborted) {
      throw new ToolFailure(name, `its server did not answer within ${seconds} s`);
    }
    throw error instanceof ToolFailure ? redacted(error, name, headers) : error;
  } finally {
    cancelTimeout();
  }
}

type Answer = { output: unknown } | {
  failure: ToolFailure;
  /** Whether another attempt may go well. */
  passing: boolean;
  /** Milliseconds. */
  retryAfter?: number | undefined;
};

async function exchange(
  tool: HttpTool,
  verb: string,
  input: unknown,
  { signal, timeLeft = () => Infinity, fetch = globalThis.fetch }: HttpToolContext,
): Promise<Answer> {
  const { name } = tool;
  const maxBytes = tool.maxResponseBytes ?? HTTP_TOOL.maxResponseBytes;
  const saysSo = Object.keys(tool.headers ?? {}).some((name) =>
    name.toLowerCase() === TIMEOUT_HEADER
  );
  const headers = { ...!saysSo && timeoutHeader(timeLeft()), ...tool.headers };
  const request = toolRequest({ ...tool, headers }, verb, input);
  let response: Response | undefined;
  let text: string;
  try {
    response = await followRedirects(name, request, signal, fetch);
    text = await readLimited(response, maxBytes);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof ToolFailure) throw cause;
    if (cause instanceof RangeError) {
      const why = `its server's answer is longer than ${maxBytes} bytes`;
      throw new ToolFailure(name, why, { cause });
    }
    if (cause instanceof Deno.errors.NotCapable) {
      throw new ToolFailure(name, "its server is one that the flow may not reach", { cause });
    }
    const why = response ? "its server broke its answer off" : "its server could not be reached";
    const failure = new ToolFailure(name, why, { cause });
    return { failure, passing: true };
  }
  if (!response.ok) {
    const said = text.trim().slice(0, MAX_SAID);
    return {
      failure: new ToolFailure(name, `its server answered ${response.status}`, { said }),
      passing: PASSING.has(response.status),
      retryAfter: retryAfterMs(response.headers.get("retry-after"), Date.now()),
    };
  }
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) return { output: text };
  if (text === "") return { output: null };
  try {
    return { output: JSON.parse(text) };
  } catch (cause) {
    const why = "its server's answer is not the JSON that it says it is";
    throw new ToolFailure(name, why, { cause });
  }
}
