import { FlowError } from "../../../shared/flow_error.ts";
import { asSchema } from "../../schema/json_schema.ts";
import type { GoogleKey } from "./google_key.ts";
import { tokenRequest } from "./token_request.ts";

/** Milliseconds before its end at which a token is replaced. */
const EARLY = 300_000;

const PROVIDER = 'The provider "vertexai"';

/** Options of {@linkcode accessTokens}. */
export interface AccessTokenOptions {
  key: GoogleKey;
  tokenUrl: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Milliseconds that an exchange may take, 10,000 if not given: others wait for it. */
  timeout?: number;
  fetch: typeof globalThis.fetch;
}

/**
 * Makes the function that gives a token for the key: the same one until shortly before its end. Who
 * asks at the same time waits for the same exchange; a failed one is tried again by the next.
 *
 * It throws a {@linkcode FlowError} where Google gives none.
 */
export function accessTokens(options: AccessTokenOptions): () => Promise<string> {
  let token: { value: string; until: number } | undefined;
  let exchange: Promise<string> | undefined;
  return () => {
    const now = options.now();
    if (token !== undefined && now < token.until) return Promise.resolve(token.value);
    exchange ??= fetchToken(options).then(({ value, seconds }) => {
      token = { value, until: now + Math.max(seconds * 1000 - EARLY, 0) };
      return value;
    }).finally(() => exchange = undefined);
    return exchange;
  };
}

async function fetchToken(
  { key, tokenUrl, now, timeout = 10_000, fetch }: AccessTokenOptions,
): Promise<{ value: string; seconds: number }> {
  let body: URLSearchParams;
  try {
    body = await tokenRequest(key, { tokenUrl, now: now() });
  } catch (cause) {
    throw refused("its private key cannot be used", cause);
  }
  let response: Response;
  let answer: Record<string, unknown>;
  try {
    const signal = AbortSignal.timeout(timeout);
    response = await fetch(tokenUrl, { method: "POST", body, redirect: "manual", signal });
    answer = asSchema(parseJson(await response.text()));
  } catch (cause) {
    const message = `${PROVIDER} could not be reached: Google's token server did not answer`;
    throw new FlowError("UNAVAILABLE", message, { cause });
  }
  const { access_token, expires_in, error } = answer;
  if (response.ok && typeof access_token === "string") {
    return { value: access_token, seconds: Number(expires_in) || 0 };
  }
  const name = typeof error === "string" && /^[a-z_]{3,40}$/.test(error) ? `, ${error}` : "";
  const said = `Google's token server answered ${response.status}${name}`;
  if (response.status >= 500 || response.status === 429) {
    throw new FlowError("UNAVAILABLE", `${PROVIDER} is not available: ${said}`);
  }
  throw refused(said);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(why: string, cause?: unknown): FlowError {
  const message = `${PROVIDER} did not accept the flow's credentials: ${why}`;
  return new FlowError("UNAUTHENTICATED", message, { cause });
}
