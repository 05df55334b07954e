import type { GenerateRequest } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import type {
  AskableModel,
  AskTurn,
  ModelHook,
  TurnContext,
  TurnRequest,
} from "./askable_model.ts";
import { refuseBrokenOff } from "./broken_off.ts";
import { asSchema } from "../schema/json_schema.ts";
import type { Passage } from "./circuit.ts";
import { honourAbilities } from "./model_abilities.ts";
import { isFault } from "./provider_fault.ts";
import { providerFailure } from "./provider_failure.ts";
import { type RunningCall, runningCall } from "./running_call.ts";
import { beginTurn, type RunningTurn } from "./step_recorder.ts";
import { TurnProgress, type TurnTokens } from "./turn_progress.ts";
import { geminiAnswer } from "./stream_tail.ts";
import { addUsage, turnUsage } from "./turn_usage.ts";
import { wholeAnswer } from "./whole_answer.ts";

/** One try of a model. */
export interface ModelTry {
  model: AskableModel;
  /** Lets it through, and is told how it went. */
  passage: Passage;
  /** 1 for the first one. */
  attempt: number;
  /** Whether it is asked in place of another. */
  fallback: boolean;
  /** Asks the model. */
  ask: AskTurn;
}

/**
 * Asks a model once, and tells the running call of it as a step. Tokens are counted also where the
 * answer is refused or never whole (Genkit would give those of the last turn only).
 *
 * @throws {FlowError} with a status and words that a caller may see.
 * @throws the signal's reason where the call was cancelled.
 */
export async function tryModel(
  { model, passage, attempt, fallback, ask }: ModelTry,
  request: TurnRequest,
  context: TurnContext,
): ReturnType<AskTurn> {
  const call = runningCall.getStore();
  const { provider, name, info, circuit } = model;
  const before = circuit.state;
  const progress = new TurnProgress(provider, { stream: call?.window !== undefined });
  // Unset where a recording answers.
  let tokens: TurnTokens | undefined;
  const turn = beginTurn(call, {
    provider,
    model: name.slice(name.indexOf("/") + 1),
    messages: request.messages,
    config: request.config,
    ...attempt > 1 && { attempt },
    ...fallback && { fallback },
  });
  const atEnd = () => ({
    ...tokens,
    ...circuitNow(),
    ...progress.server(),
    ...call?.traced && progress.answer(),
  });
  // Said where it is open, or was: it is closed unless something is said.
  const circuitNow = () => {
    const { state } = circuit;
    return state === "closed" && before === "closed" ? {} : { circuit: state };
  };
  const judged: AskTurn = async (request, context) => {
    if (call !== undefined) call.turn = progress;
    let isTold = false;
    try {
      const response = await honourAbilities(
        info,
        request as GenerateRequest,
        (request) => ask(request, context),
      );
      const { message } = { ...response.candidates?.[0], ...response };
      const usage = turnUsage(provider, response.usage);
      tokens = progress.answered(request as GenerateRequest, usage, message?.content ?? []);
      isTold = true;
      const named = call?.traced && geminiAnswer(asSchema(response.custom));
      if (named) progress.tellAnswer(named);
      refuseBrokenOff(response);
      wholeAnswer(provider, response);
      return response;
    } catch (error) {
      const left = context.abortSignal?.aborted === true;
      if (!isTold) tokens = progress.broken(request as GenerateRequest, left);
      if (call?.signal.aborted) throw error;
      throw failureOf(provider, error, context.abortSignal);
    } finally {
      if (call !== undefined && tokens !== undefined) addUsage(call.usage, tokens.usage);
    }
  };
  const next: Parameters<ModelHook>[2] = (changed, opts) =>
    judged(changed ?? request, opts ?? context);
  try {
    const told = chunksTold(call, context, { turn, progress });
    const response = await (model.record
      ? model.record(request, told, (changed, opts) =>
        next(changed, opts ?? told))
      : judged(request, told));
    passage.answered();
    turn.end(response, atEnd());
    if (call) call.finishReason = { ...response.candidates?.[0], ...response }.finishReason;
    return response;
  } catch (error) {
    if (call?.signal.aborted) {
      const timedOut = isTimeout(call.signal.reason);
      if (timedOut) passage.failed();
      else passage.ended();
      turn.fail(timedOut ? "DEADLINE_EXCEEDED" : "CANCELLED", atEnd());
      throw error;
    }
    const failure = failureOf(provider, error, context.abortSignal);
    if (isFault(failure)) passage.failed();
    else passage.answered();
    turn.fail(failure.status, atEnd());
    throw failure;
  }
}

/** The failure that a signal carries goes before what its abortion led to. */
function failureOf(provider: string, error: unknown, signal: AbortSignal | undefined): FlowError {
  const reason: unknown = signal?.aborted ? signal.reason : undefined;
  return reason instanceof FlowError ? reason : providerFailure(provider, error);
}

function chunksTold(
  call: RunningCall | undefined,
  context: TurnContext,
  { turn, progress }: { turn: RunningTurn; progress: TurnProgress },
): TurnContext {
  const { onChunk } = context;
  if (call?.window === undefined || onChunk === undefined) return context;
  return {
    ...context,
    onChunk: (chunk) => {
      turn.chunk();
      for (const { text, reasoning } of chunk.content) {
        const piece = text ?? reasoning;
        if (piece !== undefined) progress.receive(piece);
      }
      onChunk(chunk);
    },
  };
}

/** Whether the flow's own limit of time has ended the call. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof FlowError && reason.status === "DEADLINE_EXCEEDED";
}
