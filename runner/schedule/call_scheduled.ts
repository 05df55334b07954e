import type { ErrorAnswer } from "../http/error_answer.ts";
import { PROTOCOL_HEADER } from "../http/protocol.ts";
import type { RunFailure, Schedule } from "./scheduled_flow.ts";

/** Answers a request as the server would; `env` says that it is not from outside. */
export type AnswerRequest = (
  request: Request,
  env: { schedule: { cron: string; due: string } },
) => Response | Promise<Response>;

/**
 * Runs a flow as a call of it would run: with its limits, its log line and all that is counted. The
 * call is of the flow's author, so that nobody is asked who it is; and no kept answer will do.
 *
 * @returns Why it failed; undefined where it went well.
 */
export async function callScheduled(
  answer: AnswerRequest,
  flow: string,
  { cron, input }: Schedule,
  due: Date,
  signal: AbortSignal,
): Promise<RunFailure | undefined> {
  const request = new Request(`http://localhost/${encodeURIComponent(flow)}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "cache-control": "no-cache",
      [PROTOCOL_HEADER]: "callable",
    },
    body: JSON.stringify({ data: input ?? {} }),
    signal,
  });
  try {
    const response = await answer(request, {
      schedule: { cron, due: due.toISOString() },
    });
    const text = await response.text();
    if (response.ok) return undefined;
    const { error } = JSON.parse(text) as Partial<ErrorAnswer>;
    return error ? { status: error.status, message: error.message } : { status: "INTERNAL" };
  } catch {
    // The server answers all requests; it may be going down.
    return { status: signal.aborted ? "CANCELLED" : "INTERNAL" };
  }
}
