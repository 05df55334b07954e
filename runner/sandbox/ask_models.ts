import type { Clock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { pause } from "../providers/pause.ts";
import type { AskableModel, AskTurn, TurnContext, TurnRequest } from "./askable_model.ts";
import { codeOf, isFault, mayAnother } from "./provider_fault.ts";
import { backoffBefore } from "./retry_policy.ts";
import { runningCall } from "./running_call.ts";
import { tryModel } from "./try_model.ts";

/** What waits between tries go by. */
export interface RetryTime {
  clock: Clock;
  /** Gives a number from 0 to 1. */
  random: () => number;
}

/**
 * Asks the models of a prompt in turn until one answers: each as often as its `retry` says, the next
 * one where another may do better. Once a chunk has been given, nothing is asked again. In the later
 * turns of a call, the model that answered last is asked first.
 *
 * @param next Asks the first one.
 * @throws {FlowError} where none answers: the failure that a later call may not meet, else the last.
 * @throws the signal's reason where the call was cancelled.
 */
export async function askModels(
  models: readonly AskableModel[],
  request: TurnRequest,
  context: TurnContext,
  next: AskTurn,
  time: RetryTime,
): ReturnType<AskTurn> {
  const call = runningCall.getStore();
  const given = { chunk: false };
  const watched = watchChunks(context, given);
  const failures: FlowError[] = [];
  for (const model of order(models, call?.answering)) {
    call?.signal.throwIfAborted();
    const fallback = model !== models[0];
    const ask = model.ask ?? next;
    const asked = fallback ? { ...request, config: model.config } : request;
    if (call !== undefined) call.answering = model;
    try {
      return await askOften({ model, fallback, ask, given, time }, asked, watched);
    } catch (error) {
      if (!(error instanceof FlowError) || call?.signal.aborted) throw error;
      if (given.chunk) throw error;
      // What the first one refuses is the request's fault; a later one may just be another API.
      if (!mayAnother(error)) throw failures.find(isPassing) ?? error;
      failures.push(error);
    }
  }
  throw failures.find(isPassing) ?? failures.at(-1)!;
}

interface Asking {
  model: AskableModel;
  fallback: boolean;
  ask: AskTurn;
  /** Whether the caller has got a part of the answer. */
  given: { chunk: boolean };
  time: RetryTime;
}

/** Asks one model as often as its policy, its circuit and the call's time allow. */
async function askOften(
  { model, fallback, ask, given, time }: Asking,
  request: TurnRequest,
  context: TurnContext,
): ReturnType<AskTurn> {
  const { clock, random } = time;
  const { retry, circuit, provider } = model;
  const call = runningCall.getStore();
  const began = clock.now();
  const budgetLeft = () =>
    retry.budget === undefined ? Infinity : retry.budget - (clock.now() - began);
  let last: FlowError | undefined;
  for (let attempt = 1;; attempt++) {
    const passage = circuit.enter();
    if ("wait" in passage) throw last ?? notAsked(provider, passage.wait);
    const budget = limitTry(context, budgetLeft(), { provider, given, clock });
    try {
      return await tryModel(
        { model, passage, attempt, fallback, ask: budget.ended(ask) },
        request,
        budget.context,
      );
    } catch (error) {
      if (!(error instanceof FlowError) || call?.signal.aborted) throw error;
      if (given.chunk || attempt >= retry.attempts) throw error;
      if (!retry.statusCodes.includes(codeOf(error) ?? 0)) throw error;
      const wait = backoffBefore(retry, { tries: attempt, retryAfter: error.retryAfter }, random);
      const left = Math.min(budgetLeft(), call?.timeLeft?.() ?? Infinity);
      if (wait === undefined || wait >= left) throw error;
      last = error;
      await pause(wait, call?.signal ?? new AbortController().signal, clock);
    } finally {
      budget.cancel();
    }
  }
}

/** The model that answered last, then the others in the order of preference. */
function order(models: readonly AskableModel[], first: AskableModel | undefined) {
  if (first === undefined || !models.includes(first)) return models;
  return [first, ...models.filter((model) => model !== first)];
}

function watchChunks(context: TurnContext, given: { chunk: boolean }): TurnContext {
  const { onChunk } = context;
  if (onChunk === undefined) return context;
  return {
    ...context,
    onChunk: (chunk) => {
      given.chunk = true;
      onChunk(chunk);
    },
  };
}

/** Gives a try up at the end of its budget, unless it has begun to answer by then. */
function limitTry(
  context: TurnContext,
  ms: number,
  { provider, given, clock }: { provider: string; given: { chunk: boolean }; clock: Clock },
) {
  if (ms === Infinity) return { context, ended: (ask: AskTurn) => ask, cancel: () => {} };
  const budget = new AbortController();
  const cancel = clock.after(ms, () => {
    if (given.chunk) return;
    const message = `The provider "${provider}" took longer than its budget of time`;
    budget.abort(new FlowError("DEADLINE_EXCEEDED", message));
  });
  const { signal } = budget;
  const signals = [signal, ...context.abortSignal ? [context.abortSignal] : []];
  // A plugin may be slow to see it, or not see it at all.
  const ended = (ask: AskTurn): AskTurn => (request, context) => {
    const over = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => over.reject(signal.reason), { once: true });
    return Promise.race([ask(request, context), over.promise]);
  };
  return { context: { ...context, abortSignal: AbortSignal.any(signals) }, ended, cancel };
}

/** Whether a later call may not meet a failure. */
function isPassing(failure: FlowError): boolean {
  return isFault(failure) || failure.status === "RESOURCE_EXHAUSTED";
}

function notAsked(provider: string, wait: number): FlowError {
  const message =
    `The provider "${provider}" has failed several times in a row, and is not asked now`;
  return new FlowError("UNAVAILABLE", message, { retryAfter: Math.ceil(wait / 1000) });
}
