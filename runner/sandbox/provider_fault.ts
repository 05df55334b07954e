import type { FlowError } from "../../shared/flow_error.ts";
import type { Status } from "../../shared/status.ts";
import { LacksAbility } from "./model_abilities.ts";
import { ProviderFailure } from "./provider_failure.ts";

/** Statuses of a request that no other model would take either. */
const FINAL: readonly Status[] = [
  "INVALID_ARGUMENT",
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "CANCELLED",
];

/**
 * Gives the HTTP status that a failure stands for: the provider's own, 503 for a connection that
 * failed, 504 for a silence. Undefined where the provider answered, and only the answer is no good:
 * that was paid for, and would be again.
 */
export function codeOf(failure: FlowError): number | undefined {
  if (failure instanceof ProviderFailure && failure.code !== undefined) return failure.code;
  return failure.status === "INTERNAL" && failure.http === 502 ? undefined : failure.http;
}

/** Tells whether a failure is the provider's, and would be that of any request. */
export function isFault(failure: FlowError): boolean {
  const code = codeOf(failure) ?? 0;
  return code >= 500 || code === 408;
}

/** Tells whether another model may answer where one failed so. */
export function mayAnother(failure: FlowError): boolean {
  return failure instanceof LacksAbility || !FINAL.includes(failure.status);
}
