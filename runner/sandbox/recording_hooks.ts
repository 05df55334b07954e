import {
  type GenerateMiddleware,
  generateMiddleware,
  type GenerateResponseChunkData,
  type GenerateResponseData,
  type ToolResponsePart,
} from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import { isStatus } from "../../shared/status.ts";
import type { Answer, Asked } from "../recording/exchange.ts";
import type { ModelHook } from "./askable_model.ts";
import { APPROVED } from "./once_approved.ts";
import { type RunningCall, runningCall } from "./running_call.ts";
import { addUsage, turnUsage } from "./turn_usage.ts";

/**
 * Records each call of a tool, or answers it from the recording, where the running call has one. It
 * stands around the hooks that give failures their status, and inside of what tells of steps.
 *
 * @param local The tools that are flows of the same server: they run, and record for themselves.
 * @param waiting Those that need approval: until they have it they interrupt, in a replay as well.
 */
export function recordingHooks(
  local: ReadonlySet<string>,
  waiting: ReadonlySet<string> = new Set(),
): GenerateMiddleware {
  return generateMiddleware({ name: "genkitd-recording" }, () => ({
    async tool(request, context, next) {
      const call = runningCall.getStore();
      const { name, ref, input } = request.toolRequest;
      const recording = call?.recording;
      const waits = waiting.has(name) &&
        (context as { resumed?: unknown }).resumed !== APPROVED;
      if (recording === undefined || local.has(name) || waits) {
        return await next(request, context);
      }
      call!.signal.throwIfAborted();
      const asked = recording.asked({ kind: "tool", tool: name, input: input ?? null });
      const known = await recording.recall(asked);
      if (known) return replayTool(known, name, ref);
      const part = await noting(call!, asked, () => next(request, context));
      const { output, content } = part?.toolResponse ?? {};
      if (part !== undefined) {
        recording.note(asked, {
          output: output ?? null,
          ...content && { content },
          ...part.metadata?.isError === true && { isError: true },
        });
      }
      return part;
    },
  }));
}

/**
 * Records each try of a model, or answers it from the recording, where the running call has one. It
 * stands around what gives failures their status, and inside of what tells of steps or tries again.
 *
 * @param name The model as Genkit names it, `provider/model`.
 */
export function recordTurn(provider: string, name: string): ModelHook {
  const model = name.slice(name.indexOf("/") + 1);
  return async (request, context, next) => {
    const call = runningCall.getStore();
    const recording = call?.recording;
    if (recording === undefined) return await next(request, context);
    call!.signal.throwIfAborted();
    const sent = request as Extract<Asked, { kind: "model" }>["request"];
    const asked = recording.asked({ kind: "model", provider, model, request: sent });
    const known = await recording.recall(asked);
    const { onChunk } = context;
    if (known) return await replayTurn(known, { provider, call: call!, onChunk });
    const chunks: Record<string, unknown>[] = [];
    const watched = call!.window === undefined || onChunk === undefined ? context : {
      ...context,
      onChunk: (chunk: GenerateResponseChunkData) => {
        const { custom: _, ...kept } = chunk;
        chunks.push(kept);
        onChunk(chunk);
      },
    };
    const response = await noting(call!, asked, () => next(request, watched));
    const answer = { response: portable(response), ...chunks.length > 0 && { chunks } };
    recording.note(asked, answer);
    return response;
  };
}

/** Runs it, and takes note where it fails by itself. */
async function noting<T>(call: RunningCall, asked: Asked, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FlowError && !call.signal.aborted) call.recording?.failed(asked, error);
    throw error;
  }
}

/** What of an answer means something without its provider. */
function portable(response: GenerateResponseData): Record<string, unknown> {
  // Plugins that are older than Genkit 1.0's own form answer in candidates.
  const { message, finishReason, finishMessage } = { ...response.candidates?.[0], ...response };
  // Genkit counts characters and images as well, which nobody reads.
  const tokens = Object.entries(response.usage ?? {}).filter(([name]) => name.endsWith("Tokens"));
  return {
    message,
    ...finishReason !== undefined && { finishReason },
    ...finishMessage !== undefined && { finishMessage },
    ...tokens.length > 0 && { usage: Object.fromEntries(tokens) },
  };
}

async function replayTurn(
  { response = {}, chunks, error }: Answer,
  { provider, call, onChunk }: {
    provider: string;
    call: RunningCall;
    onChunk: ((chunk: GenerateResponseChunkData) => void) | undefined;
  },
): Promise<GenerateResponseData> {
  if (error) throw replayedFailure(error);
  const answer = structuredClone(response) as GenerateResponseData;
  if (call.window !== undefined && onChunk !== undefined) {
    const { role, content = [] } = answer.message ?? {};
    for (const chunk of chunks ?? [{ role, content }]) {
      await call.window.open();
      call.signal.throwIfAborted();
      onChunk(chunk as unknown as GenerateResponseChunkData);
    }
  }
  addUsage(call.usage, turnUsage(provider, answer.usage));
  return answer;
}

function replayTool(
  { output, content, isError, error }: Answer,
  name: string,
  ref: string | undefined,
): ToolResponsePart {
  if (error) throw replayedFailure(error);
  return {
    toolResponse: {
      name,
      ...ref !== undefined && { ref },
      output,
      ...content &&
        { content: content as NonNullable<ToolResponsePart["toolResponse"]["content"]> },
    },
    ...isError && { metadata: { isError } },
  };
}

function replayedFailure({ status, message, ...rest }: NonNullable<Answer["error"]>): FlowError {
  const options = {
    ...rest.http !== undefined && { http: rest.http },
    ...rest.retryAfter !== undefined && { retryAfter: rest.retryAfter },
  };
  return new FlowError(isStatus(status) ? status : "INTERNAL", message, options);
}
