import type { Clock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { CallerGone } from "./caller_gone.ts";
import type { FlowCall, FlowHandle } from "../host/flow_handle.ts";
import type { CallResult } from "../host/sandbox_messages.ts";

/** What ends a call early. */
export interface CallEnd {
  /** Aborts when the caller goes away. */
  gone: AbortSignal;
  /** Milliseconds that the call may take. */
  timeout: number;
  /** When it began, by the clock. */
  since: number;
  clock: Clock;
}

/**
 * Calls a flow until it answers, its caller is gone or its time is up. In the last two cases the
 * call's signal aborts, and the flow is not waited for.
 *
 * @throws {FlowError} the flow's own, {@linkcode CallerGone} or DEADLINE_EXCEEDED.
 */
export function callUntil(
  handle: FlowHandle,
  call: Omit<FlowCall, "signal">,
  end: CallEnd,
): Promise<CallResult> {
  const { timeout, since, clock } = end;
  const timeLeft = () => since + timeout - clock.now();
  return runUntil((signal) => handle.call({ ...call, signal, timeLeft }), end);
}

/** Runs one step of a call, as {@linkcode callUntil} runs the flow. */
export async function runUntil<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { gone, timeout, since, clock }: CallEnd,
): Promise<T> {
  if (gone.aborted) throw new CallerGone();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (error: FlowError) => {
    // Rejects before the flow hears of it, so that this error wins over the flow's own.
    ended.reject(error);
    controller.abort(error);
  };
  const onGone = () => end(new CallerGone());
  gone.addEventListener("abort", onGone);
  const left = Math.max(0, since + timeout - clock.now());
  const cancelTimer = clock.after(left, () => {
    end(new FlowError("DEADLINE_EXCEEDED", `The flow did not answer within ${timeout} ms`));
  });
  try {
    return await Promise.race([run(controller.signal), ended.promise]);
  } finally {
    cancelTimer();
    gone.removeEventListener("abort", onGone);
  }
}
