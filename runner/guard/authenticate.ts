import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { findCaller, type ReadApiKeys } from "./api_keys.ts";
import { AuthenticationError } from "./authentication_error.ts";
import type { Claims, VerifyToken } from "./verify_token.ts";

/** A caller that may go on. */
export interface Caller {
  /** Unique among the flow's callers. */
  name: string;
  /** What prompts see as `@auth`; absent where anybody may call. */
  auth?: Record<string, unknown>;
}

/** What a flow goes by to know its callers. */
export interface Authentication {
  auth: NonNullable<RuntimeConfig["auth"]>;
  readApiKeys: ReadApiKeys;
  /** Set where the flow takes tokens. */
  verify: VerifyToken | undefined;
}

/**
 * Finds out who calls, by an API key or by a token.
 *
 * @throws {AuthenticationError} where that is not known.
 * @throws {FlowError} 403 where a token lacks a claim, 503 where tokens cannot be checked now.
 */
export async function authenticate(headers: Headers, by: Authentication): Promise<Caller> {
  const { auth: { apiKeys, jwt }, readApiKeys, verify } = by;
  const token = bearer(headers);
  const inAuthorization = apiKeys?.header.toLowerCase() === "authorization";
  const key = apiKeys && (inAuthorization ? token : headers.get(apiKeys.header)) || undefined;
  if (key !== undefined) {
    const name = findCaller(key, await readApiKeys());
    if (name !== undefined) return { name: `key ${name}`, auth: { caller: name } };
    // What stands in `authorization` may be a token as well.
    if (!inAuthorization || !jwt) throw unknown("the API key is not known", by);
  }
  if (token !== undefined && verify !== undefined) {
    try {
      const claims = await verify(token);
      return { name: holderOf(claims), auth: claims };
    } catch (error) {
      if (!(error instanceof FlowError) || error.status !== "UNAUTHENTICATED") throw error;
      throw unknown(error.message, by, { error: "invalid_token", cause: error });
    }
  }
  const ways = [
    ...apiKeys ? [`an API key in the header "${apiKeys.header}"`] : [],
    ...jwt ? ['a token in the header "authorization: Bearer …"'] : [],
  ];
  throw unknown(`the call should have ${ways.join(" or ")}`, by);
}

/** Who a token is of: its subject, else the program that it was given to (RFC 9068, 2.2; OpenID). */
function holderOf({ iss, sub, client_id, azp }: Claims): string {
  return sub === undefined ? `client ${iss} ${client_id ?? azp}` : `token ${iss} ${sub}`;
}

function bearer(headers: Headers): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

function unknown(
  message: string,
  { auth: { apiKeys, jwt } }: Authentication,
  { error, cause }: { error?: string; cause?: unknown } = {},
): AuthenticationError {
  const own = apiKeys && apiKeys.header.toLowerCase() !== "authorization";
  const challenges = [
    ...jwt || !own ? [`Bearer realm="genkitd"${error ? `, error="${error}"` : ""}`] : [],
    // No scheme is registered for keys; it says where one belongs.
    ...own ? [`ApiKey realm="genkitd", header="${apiKeys.header}"`] : [],
  ];
  return new AuthenticationError(message, challenges, cause);
}
