import type { GoogleKey, ServiceAccountKey } from "./google_key.ts";

/** What a token is for: all of Google Cloud; what it may do is up to IAM. */
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** Seconds for which a statement holds; the most that Google takes. */
const LIFETIME = 3600;

/**
 * Makes the form with which a key is exchanged for a token: a statement that the service account
 * signs (RFC 7523, https://developers.google.com/identity/protocols/oauth2/service-account), or a
 * person's refresh token (RFC 6749, 6).
 *
 * @param now Milliseconds since 1970.
 * @throws {Error} where the private key cannot be used.
 */
export async function tokenRequest(
  key: GoogleKey,
  { tokenUrl, now }: { tokenUrl: string; now: number },
): Promise<URLSearchParams> {
  if (key.type === "service_account") {
    return new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: await signedStatement(key, tokenUrl, Math.floor(now / 1000)),
    });
  }
  return new URLSearchParams({
    grant_type: "refresh_token",
    client_id: key.clientId,
    client_secret: key.clientSecret,
    refresh_token: key.refreshToken,
  });
}

/** A JWT that is good for `tokenUrl` only. */
async function signedStatement(
  { clientEmail, privateKey, privateKeyId }: ServiceAccountKey,
  tokenUrl: string,
  seconds: number,
): Promise<string> {
  const header = { alg: "RS256", typ: "JWT", ...privateKeyId && { kid: privateKeyId } };
  const claims = {
    iss: clientEmail,
    scope: SCOPE,
    aud: tokenUrl,
    iat: seconds,
    exp: seconds + LIFETIME,
  };
  const base64Url = { alphabet: "base64url", omitPadding: true } as const;
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64(base64Url);
  const text = `${part(header)}.${part(claims)}`;
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("pkcs8", fromPem(privateKey), algorithm, false, [
    "sign",
  ]);
  const bytes = new TextEncoder().encode(text);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm.name, signing, bytes));
  return `${text}.${signature.toBase64(base64Url)}`;
}

function fromPem(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, "").replace(/\s+/g, ""));
}
