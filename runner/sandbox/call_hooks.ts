import { type GenerateMiddleware, generateMiddleware } from "genkit";
import { ValidationError } from "genkit/schema";
import { FlowError } from "../../shared/flow_error.ts";
import { type HookedTool, nameForModels } from "./prompt_tools.ts";
import { toolErrorOutput } from "../tools/tool_failure.ts";
import { askModels, type RetryTime } from "./ask_models.ts";
import type { AskableModel } from "./askable_model.ts";
import { runningCall } from "./running_call.ts";

/**
 * What happens around each turn of a model and each call of a tool: a cancelled call goes no
 * further (Genkit would ask the model once more after a tool), models are asked again or in place of
 * one another, and failures get a status and words that a caller may see.
 *
 * @param models Those of the prompt, in the order in which they are asked.
 * @param tools Those of the flow, for what becomes of their failures.
 */
export function callHooks(
  models: readonly AskableModel[],
  tools: readonly HookedTool[],
  time: RetryTime,
): GenerateMiddleware {
  return generateMiddleware({ name: "genkitd" }, () => ({
    model: (request, context, next) => askModels(models, request, context, next, time),
    async tool(request, context, next) {
      runningCall.getStore()?.signal.throwIfAborted();
      try {
        return await next(request, context);
      } catch (error) {
        const { name, ref } = request.toolRequest;
        const failure = toolFailure(name, error);
        runningCall.getStore()?.signal.throwIfAborted();
        const reports = tools.find(({ definition }) => nameForModels(definition.name) === name)
          ?.reportsFailure;
        // Genkit's interrupts are no failures.
        if ((error as Error).name === "ToolInterruptError") throw error;
        if (!reports) throw failure;
        const output = toolErrorOutput(failure);
        return {
          toolResponse: { name, ...ref !== undefined && { ref }, output },
          metadata: { isError: true },
        };
      }
    },
  }));
}

function toolFailure(tool: string, cause: unknown): FlowError {
  if (cause instanceof FlowError) return cause;
  const mismatch = cause instanceof ValidationError
    ? cause.detail.errors[0] as { path: string; message: string } | undefined
    : undefined;
  const what = mismatch
    ? `was called with something, or gave something, that does not fit its schema: at "${mismatch.path}" it ${mismatch.message}`
    : "failed";
  return new FlowError("INTERNAL", `The tool "${tool}" ${what}`, { http: 502, cause });
}
