import { type GenerateMiddleware, generateMiddleware } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import type { Status } from "../../shared/status.ts";
import { runningCall } from "./running_call.ts";
import { beginToolCall, beginTurn } from "./step_recorder.ts";

/**
 * Tells the running call of each turn of a model and each call of a tool. It stands around the hooks
 * that give failures their status, and inside of whatever tries again: every attempt is a step.
 *
 * @param name The model as Genkit names it, `provider/model`.
 */
export function stepHooks(provider: string, name: string): GenerateMiddleware {
  const model = name.slice(name.indexOf("/") + 1);
  return generateMiddleware({ name: "genkitd-steps" }, () => ({
    async model(request, context, next) {
      const call = runningCall.getStore();
      const turn = beginTurn(call, { provider, model, messages: request.messages });
      const { onChunk } = context;
      const watched = call?.window === undefined || onChunk === undefined ? context : {
        ...context,
        onChunk: (chunk: Parameters<typeof onChunk>[0]) => {
          turn.chunk();
          onChunk(chunk);
        },
      };
      try {
        const response = await next(request, watched);
        turn.end(response);
        return response;
      } catch (error) {
        turn.fail(statusOf(error, call?.signal));
        throw error;
      }
    },
    async tool(request, context, next) {
      const call = runningCall.getStore();
      const { name, input } = request.toolRequest;
      const running = beginToolCall(call, { tool: name, input });
      try {
        const part = await next(request, context);
        // A failure that the model gets to see is a failure nonetheless.
        if (part?.metadata?.isError === true) running.fail("INTERNAL");
        else running.end(part?.toolResponse?.output);
        return part;
      } catch (error) {
        // A tool that waits for approval has not run, so there is nothing to tell.
        if ((error as Error | undefined)?.name !== "ToolInterruptError") {
          running.fail(statusOf(error, call?.signal));
        }
        throw error;
      }
    },
  }));
}

function statusOf(error: unknown, signal: AbortSignal | undefined): Status {
  if (signal?.aborted) return "CANCELLED";
  return error instanceof FlowError ? error.status : "INTERNAL";
}
