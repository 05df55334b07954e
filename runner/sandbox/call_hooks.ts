import { type GenerateMiddleware, generateMiddleware, type GenerateRequest } from "genkit";
import { ValidationError } from "genkit/schema";
import { FlowError } from "../../shared/flow_error.ts";
import { honourAbilities } from "./model_abilities.ts";
import { providerFailure } from "./provider_failure.ts";
import { runningCall } from "./running_call.ts";

/**
 * What happens around each turn of a model and each call of a tool: a cancelled call goes no
 * further (Genkit would ask the model once more after a tool), tokens are summed (Genkit gives those
 * of the last turn), and failures get a status and words that a caller may see.
 *
 * @param info The ModelInfo of the Model object, where there is one.
 */
export function callHooks(provider: string, info: unknown): GenerateMiddleware {
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
        if (call !== undefined) addUsage(call.usage, response.usage);
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
        throw toolFailure(request.toolRequest.name, error);
      }
    },
  }));
}

function addUsage(
  usage: { inputTokens?: number; outputTokens?: number },
  more: { inputTokens?: number; outputTokens?: number } = {},
): void {
  for (const key of ["inputTokens", "outputTokens"] as const) {
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
