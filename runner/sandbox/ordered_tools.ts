import { type GenerateMiddleware, generateMiddleware } from "genkit";
import { runningCall } from "./running_call.ts";

/**
 * Gives the outputs of a turn's tools in the order in which the model asked for them. Genkit gives
 * them as they come, so that Gemini, which knows two calls of one function by their places alone,
 * would take one's output for the other's; and the next turn would not be the one of a recording.
 * Failures wait for nobody. Has to stand outside of what times tools.
 */
export function orderedTools(): GenerateMiddleware {
  return generateMiddleware({ name: "genkitd-order" }, () => ({
    async tool(request, context, next) {
      const call = runningCall.getStore();
      if (call === undefined) return await next(request, context);
      const before = call.toolsBefore;
      const { promise, resolve } = Promise.withResolvers<void>();
      call.toolsBefore = promise;
      try {
        const response = await next(request, context);
        await before;
        return response;
      } finally {
        resolve();
      }
    },
  }));
}
