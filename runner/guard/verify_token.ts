import type { JWTPayload, JWTVerifyOptions } from "jose";
import { FlowError } from "../../shared/flow_error.ts";
import { type IssuerAddress, IssuerKeys, type IssuerOptions } from "./issuer_keys.ts";

/** What a token must be like. */
export interface TokenRules extends IssuerAddress {
  audiences: readonly string[];
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
/** Seconds by which clocks may differ. */
const TOLERANCE = 30;

/** Makes the check of an issuer's tokens. jose is loaded with the first token. */
export function tokenVerifier(rules: TokenRules, options: IssuerOptions): VerifyToken {
  const keys = new IssuerKeys(rules, options);
  const wanted: JWTVerifyOptions = {
    issuer: rules.issuer,
    audience: [...rules.audiences],
    algorithms: ALGORITHMS,
    clockTolerance: TOLERANCE,
    requiredClaims: ["exp"],
  };
  return async (token) => {
    const payload = await verify(token, keys, wanted);
    for (const [claim, value] of Object.entries(rules.claims ?? {})) {
      if (hasClaim(payload, claim, value)) continue;
      throw new FlowError("PERMISSION_DENIED", `the token's claim "${claim}" does not permit this`);
    }
    return payload;
  };
}

async function verify(
  token: string,
  keys: IssuerKeys,
  wanted: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { errors, jwtVerify } = await import("jose");
  try {
    return (await jwtVerify(token, keys.find, wanted)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refused(error, errors);
    // The token names no key, and the issuer has several: one of them may be it.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, wanted)).payload;
      } catch (cause) {
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw refused(cause, errors);
      }
    }
    throw refused(error, errors);
  }
}

/** A claim is the value, or a list with it; `scope` is a list in one text (RFC 8693, section 4.2). */
function hasClaim(payload: JWTPayload, claim: string, value: string): boolean {
  const held = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  if (held === value) return true;
  if (claim === "scope" && typeof held === "string") return held.split(" ").includes(value);
  return Array.isArray(held) && held.includes(value);
}

/** Says what is wrong with a token in words that hold nothing of it. */
function refused(cause: unknown, errors: typeof import("jose").errors): FlowError {
  if (cause instanceof FlowError) return cause;
  const say = (message: string) => new FlowError("UNAUTHENTICATED", message, { cause });
  if (cause instanceof errors.JWTExpired) return say("the token has expired");
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return say(`the token's claim "${cause.claim}" is not as it should be`);
  }
  return say("the token is not valid");
}
