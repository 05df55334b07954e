import { type GenerateMiddleware, generateMiddleware } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import type { Status } from "../../shared/status.ts";
import { runningCall } from "./running_call.ts";
import { beginToolCall } from "./step_recorder.ts";

/** Tells the running call of each call of a tool, around the hooks that give failures their status. */
export function stepHooks(): GenerateMiddleware {
  return generateMiddleware({ name: "genkitd-steps" }, () => ({
    async tool(request, context, next) {
      const call = runningCall.getStore();
      const { name, ref, input } = request.toolRequest;
      const running = beginToolCall(call, { tool: name, callId: ref, input });
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
