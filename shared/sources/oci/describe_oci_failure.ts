import { FetchFailure } from "../fetcher.ts";
import type { RegistryCredentials } from "./registry_access.ts";

/** Puts the action before what failed; credentials that a server sent back are taken out. */
export function describeOciFailure(
  error: unknown,
  action: string,
  credentials?: RegistryCredentials,
): unknown {
  if (!(error instanceof FetchFailure)) return error;
  const { reason, retryAfter } = error;
  let message = error.message;
  for (const secret of [credentials?.password, credentials?.identityToken]) {
    if (secret) message = message.replaceAll(secret, "…");
  }
  return new FetchFailure(reason, `${action}: ${message}`, {
    ...retryAfter !== undefined && { retryAfter },
    cause: error,
  });
}
