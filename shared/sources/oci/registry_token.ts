import { heldFetch } from "../../held_fetch.ts";
import { FetchFailure } from "../fetcher.ts";
import { type BearerChallenge, isAllowedRealm } from "./auth_challenge.ts";
import { readJson } from "./read_json.ts";
import type { RegistryCredentials } from "./registry_access.ts";
import { describeFault, refusal } from "./registry_fault.ts";

/** What a token is asked for by. */
export interface TokenRequest {
  /** The registry's own address. */
  registry: URL;
  tokenHost: string | undefined;
  /** Such as `repository:team/flows:pull`. */
  scope: string;
  credentials: RegistryCredentials | undefined;
  client: Deno.HttpClient;
  signal: AbortSignal;
}

/**
 * Gets a token from where a registry sends its callers
 * (https://distribution.github.io/distribution/spec/auth/token/, and /oauth/ for identity tokens).
 *
 * @throws {FetchFailure} also where that is a host to which the credentials must not go.
 */
export async function requestToken(
  { realm, service }: BearerChallenge,
  { registry, tokenHost, scope, credentials, client, signal }: TokenRequest,
): Promise<string> {
  if (!isAllowedRealm(realm, registry, tokenHost)) {
    const host = URL.canParse(realm) ? new URL(realm).host : "no URL";
    const message =
      `the registry sends its callers to "${host}" for a token, which is neither its own host ` +
      "nor the tokenHost that was given";
    throw new FetchFailure("AuthenticationFailed", message);
  }
  const query = new URLSearchParams({ scope, ...service !== undefined && { service } });
  const url = new URL(realm);
  let init: RequestInit;
  if (credentials?.identityToken !== undefined) {
    query.set("grant_type", "refresh_token");
    query.set("refresh_token", credentials.identityToken);
    query.set("client_id", "genkitd");
    init = { method: "POST", body: query };
  } else {
    for (const [key, value] of query) url.searchParams.set(key, value);
    init = credentials ? { headers: { authorization: basicAuthorization(credentials) } } : {};
  }
  let response: Response;
  try {
    response = await heldFetch(url, { ...init, redirect: "manual", client, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new FetchFailure("Unreachable", `its token: ${describeFault(error)}`, { cause: error });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw notGiven(response, credentials);
  }
  const answer = Object(await readJson(response, 256 * 1024, "the token"));
  // Either may be there, and some servers write the other one as empty.
  const given: unknown = answer.token || answer.access_token;
  if (typeof given !== "string" || !/^[\x21-\x7e]+$/.test(given)) {
    throw new FetchFailure("AuthenticationFailed", "the registry gives no token");
  }
  return given;
}

function notGiven(
  { status, headers }: Response,
  credentials: RegistryCredentials | undefined,
): FetchFailure {
  if (status >= 300 && status < 400 || status === 404) {
    const more = status === 404 ? "" : ", which is not followed with credentials";
    return new FetchFailure("Unreachable", `its token: the registry answers ${status}${more}`);
  }
  const { reason, message, retryAfter } = refusal({ status, headers }, credentials);
  return new FetchFailure(reason, `its token: ${message}`, {
    ...retryAfter !== undefined && { retryAfter },
  });
}

/** The value of the header `Authorization` for a user name with a password. */
export function basicAuthorization({ username, password }: RegistryCredentials): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}
