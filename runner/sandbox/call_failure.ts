import { ValidationError } from "genkit/schema";
import { GenkitError } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import { httpStatus } from "../../shared/status.ts";
import type { SandboxError } from "../host/sandbox_messages.ts";

/**
 * Says what the failure of a call means to its caller. Failures of providers and tools come with
 * words of their own; what is left are Genkit's, whose messages quote requests and answers.
 */
export function callFailure(provider: string, error: unknown, signal: AbortSignal): FlowError {
  if (signal.aborted) return new FlowError("CANCELLED", "The call was cancelled");
  if (error instanceof FlowError) return error;
  const subject = `The model of provider "${provider}"`;
  const atFault = (words: string) =>
    new FlowError("INTERNAL", `${subject} ${words}`, { http: 502, cause: error });
  if (error instanceof ValidationError) {
    const [first] = error.detail.errors as { path: string; message: string }[];
    const at = first && first.path !== "(root)" ? `at "${first.path}" it ` : "it ";
    return atFault(
      `gave an answer that does not fit the prompt's output schema: ${at}${first?.message}`,
    );
  }
  if (error instanceof GenkitError) {
    if (error.status === "ABORTED") {
      return new FlowError(
        "ABORTED",
        `${subject} asked for tools more often than the prompt allows`,
      );
    }
    if (error.status === "NOT_FOUND") {
      return atFault("asked for a tool that the prompt does not have");
    }
    if (
      error.name === "GenerationBlockedError" || /^Generation blocked/.test(error.originalMessage)
    ) {
      return new FlowError("FAILED_PRECONDITION", `${subject} refused to answer (blocked)`);
    }
    if (error.status === "FAILED_PRECONDITION") return atFault("gave no answer");
  }
  return new FlowError("INTERNAL", "The flow failed", { cause: error });
}

/** A failure as the main process gets it. */
export function sandboxError({ status, message, http, retryAfter }: FlowError): SandboxError {
  return {
    status,
    message,
    ...http !== httpStatus(status) && { http },
    ...retryAfter !== undefined && { retryAfter },
  };
}
