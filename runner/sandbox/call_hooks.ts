import { type GenerateMiddleware, generateMiddleware, type GenerateRequest } from "genkit";
import { ValidationError } from "genkit/schema";
import { FlowError } from "../../shared/flow_error.ts";
import { honourAbilities } from "./model_abilities.ts";
import { type HookedTool, nameForModels } from "./prompt_tools.ts";
import { toolErrorOutput } from "../tools/tool_failure.ts";
import { providerFailure } from "./provider_failure.ts";
import { runningCall } from "./running_call.ts";
import type { Usage } from "../host/sandbox_messages.ts";
import { refuseBrokenOff } from "./broken_off.ts";
import { turnUsage } from "./turn_usage.ts";

/**
 * What happens around each turn of a model and each call of a tool: a cancelled call goes no
 * further (Genkit would ask the model once more after a tool), tokens are summed (Genkit gives those
 * of the last turn), and failures get a status and words that a caller may see.
 *
 * @param info The ModelInfo of the Model object, where there is one.
 * @param tools Those of the flow, for what becomes of their failures.
 */
export function callHooks(
  provider: string,
  info: unknown,
  tools: readonly HookedTool[] = [],
): GenerateMiddleware {
  return generateMiddleware({ name: "genkitd" }, () => ({
    async model(request, context, next) {
      const call = runningCall.getStore();
      call?.signal.throwIfAborted();
      try {
        const response = await honourAbilities(
          info,
          request as GenerateRequest,
          (request) => next(request, context),
        );
        refuseBrokenOff(response);
        if (call !== undefined) addUsage(call.usage, turnUsage(provider, response.usage));
        return response;
      } catch (error) {
        throw providerFailure(provider, error);
      }
    },
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

/** Adds the tokens of a turn to those of its call. */
export function addUsage(usage: Usage, more: Usage): void {
  for (const key of ["inputTokens", "outputTokens", "cachedContentTokens"] as const) {
    if (more[key] !== undefined) usage[key] = (usage[key] ?? 0) + more[key];
  }
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
