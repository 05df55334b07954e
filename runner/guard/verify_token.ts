import { FlowError } from "../../shared/flow_error.ts";

/** What a token must be like. */
export interface TokenRules {
  issuer: string;
  audiences: readonly string[];
  jwksUri?: string | null | undefined;
  claims?: Record<string, string> | null | undefined;
}

/** The claims of a token that was verified. */
export type Claims = Record<string, unknown>;

/** Gives a token's claims, or throws a FlowError: 401, 403 for a claim, 503 without the keys. */
export type VerifyToken = (token: string) => Promise<Claims>;

/** Signatures that a public key checks; a shared secret could be guessed, and `none` is none. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
  ...["EdDSA", "Ed25519"],
];
const TIMEOUT = 5_000;
/** Seconds by which clocks may differ. */
const TOLERANCE = 30;

/**
 * Makes the check of an issuer's tokens. Its keys are fetched when they are first needed, kept, and
 * fetched again for a key that is not known, at most every 30 s: so the issuer can rotate them.
 */
export function tokenVerifier(
  { issuer, audiences, jwksUri, claims }: TokenRules,
  { fetch = globalThis.fetch }: { fetch?: typeof globalThis.fetch } = {},
): VerifyToken {
  let keys: Promise<Awaited<ReturnType<typeof load>>> | undefined;
  const load = async () => {
    const jose = await import("jose");
    const url = new URL(jwksUri ?? await discover(issuer, fetch));
    const jwks = jose.createRemoteJWKSet(url, {
      timeoutDuration: TIMEOUT,
      [jose.customFetch]: fetch,
    });
    return { jose, jwks };
  };
  return async (token) => {
    keys ??= load();
    let loaded: Awaited<ReturnType<typeof load>>;
    try {
      loaded = await keys;
    } catch (cause) {
      keys = undefined;
      throw new FlowError("UNAVAILABLE", "the issuer of tokens cannot be asked for its keys", {
        cause,
        retryAfter: 5,
      });
    }
    const { jose, jwks } = loaded;
    let payload: Claims;
    try {
      ({ payload } = await jose.jwtVerify(token, jwks, {
        issuer,
        audience: [...audiences],
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE,
        requiredClaims: ["exp"],
      }));
    } catch (cause) {
      throw refused(cause, jose.errors);
    }
    for (const [claim, value] of Object.entries(claims ?? {})) {
      if (payload[claim] === value || (payload[claim] as unknown[])?.includes?.(value)) continue;
      throw new FlowError("PERMISSION_DENIED", `the token's claim "${claim}" does not permit this`);
    }
    return payload;
  };
}

/** Says what is wrong with a token in words that hold nothing of it. */
function refused(cause: unknown, errors: typeof import("jose").errors): FlowError {
  const say = (message: string) => new FlowError("UNAUTHENTICATED", message, { cause });
  if (cause instanceof errors.JWTExpired) return say("the token has expired");
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return say(`the token's claim "${cause.claim}" is not as it should be`);
  }
  if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError)) {
    return new FlowError("UNAVAILABLE", "the issuer of tokens cannot be asked for its keys", {
      cause,
      retryAfter: 5,
    });
  }
  return say("the token is not valid");
}

/** Asks an issuer's OpenID configuration for the address of its keys. */
async function discover(issuer: string, fetch: typeof globalThis.fetch): Promise<string> {
  const url = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, {
    signal: AbortSignal.timeout(TIMEOUT),
    redirect: "error",
  });
  const { jwks_uri } = await response.json() as { jwks_uri?: unknown };
  if (!response.ok || typeof jwks_uri !== "string") {
    throw new Error(`Cannot read "${url}": it should have a jwks_uri`);
  }
  return jwks_uri;
}
