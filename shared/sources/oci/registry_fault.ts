import { retryAfterMs } from "../../retry_after.ts";
import { FetchFailure } from "../fetcher.ts";
import type { RegistryCredentials } from "./registry_access.ts";

/** What an answer without success means. */
export function refusal(
  response: Pick<Response, "status" | "headers">,
  credentials: RegistryCredentials | undefined,
): FetchFailure {
  const { status, headers } = response;
  const given = credentials !== undefined;
  if (status === 401 || status === 403) {
    const what = given ? "does not accept the credentials" : "asks for credentials";
    return new FetchFailure("AuthenticationFailed", `the registry ${what} (${status})`);
  }
  if (status === 404) {
    const seen = `or it is not to be seen ${given ? "with these" : "without"} credentials`;
    return new FetchFailure("NotFound", `there is no such artifact, ${seen} (404)`);
  }
  return unreachable(headers, `the registry answers ${status}`);
}

/**
 * What an answer without success means, of storage to which a registry redirects. It never had the
 * credentials, and knows nothing of artifacts.
 */
export function storageRefusal(
  { status, headers }: Pick<Response, "status" | "headers">,
  host: string,
): FetchFailure {
  return unreachable(
    headers,
    `the storage "${host}" to which the registry redirects answers ${status}`,
  );
}

function unreachable(headers: Headers, message: string): FetchFailure {
  const retryAfter = retryAfterMs(headers.get("retry-after"), Date.now());
  return new FetchFailure("Unreachable", message, {
    ...retryAfter !== undefined && { retryAfter },
  });
}

/** What fetch says, without the address and its query. */
export function describeFault(error: unknown): string {
  const { message, cause } = error as Error;
  const detail = cause instanceof Error ? cause.message : message;
  if (/invalid peer certificate/.test(detail)) {
    return /UnknownIssuer/.test(detail)
      ? "the registry's certificate is signed by nobody that is trusted here; " +
        "give the certificate of its authority"
      : "the registry's certificate is not accepted";
  }
  const [, said = "no answer"] = /client error \(\w+\): ([^\n]{1,200})/.exec(detail) ?? [];
  return `the registry cannot be reached: ${said.replaceAll(/https?:\/\/\S+/g, "…")}`;
}
