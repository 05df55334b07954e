import type { FlowError } from "../../shared/flow_error.ts";
import { AuthenticationError } from "../guard/authentication_error.ts";
import { MethodError } from "./method_error.ts";

/** The one shape of every error that a server gives, as a body and as a frame of a stream. */
export interface ErrorAnswer {
  error: { status: string; message: string; requestId: string };
}

/** Gives what a caller sees of an error. */
export function errorAnswer({ status, message }: FlowError, requestId: string): ErrorAnswer {
  return { error: { status, message, requestId } };
}

/**
 * The headers that go with an error, `allow` where the method was wrong and
 * `www-authenticate` where it is not known who calls. Where the request's body
 * was given up (408, 413), the connection has no future.
 */
export function errorHeaders(error: FlowError, requestId: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-request-id": requestId,
    ...error.retryAfter !== undefined && { "retry-after": String(Math.ceil(error.retryAfter)) },
    ...error instanceof AuthenticationError &&
      { "www-authenticate": error.challenges.join(", ") },
    ...error instanceof MethodError && { "allow": error.allowed.join(", ") },
    ...[408, 413].includes(error.http) && { "connection": "close" },
  };
}
