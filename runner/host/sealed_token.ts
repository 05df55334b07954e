const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** What every token begins with; it tells the form of the rest. */
const PREFIX = "genkitd1.";
/** Bytes of AES-GCM's nonce (NIST SP 800-38D, 8.2.2: drawn at random). */
const NONCE = 12;
/** The most characters of a token. */
export const MAX_TOKEN = 256 * 1024;

/** Thrown where a value is too long for a token. */
export class TokenTooLong extends RangeError {}

/** Derives a key (AES-256-GCM, by HKDF with SHA-256) from a secret of any length. */
export async function sealKey(secret: string, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(purpose) },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/**
 * Seals a JSON value: without the key it can be neither read nor altered.
 *
 * @throws {TokenTooLong} where the token would be longer than {@linkcode MAX_TOKEN}.
 */
export async function seal(key: CryptoKey, value: unknown): Promise<string> {
  const plain = encoder.encode(JSON.stringify(value));
  if (plain.length * 4 / 3 > MAX_TOKEN - 100) throw new TokenTooLong();
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(PREFIX) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  const bytes = new Uint8Array(NONCE + sealed.length);
  bytes.set(nonce);
  bytes.set(sealed, NONCE);
  return PREFIX + bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Opens a token; undefined where this key did not seal exactly it. */
export async function unseal(key: CryptoKey, token: string): Promise<unknown> {
  if (!token.startsWith(PREFIX) || token.length > MAX_TOKEN) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(token.slice(PREFIX.length), { alphabet: "base64url" });
    const algorithm = {
      name: "AES-GCM",
      iv: bytes.slice(0, NONCE),
      additionalData: encoder.encode(PREFIX),
    };
    const plain = await crypto.subtle.decrypt(algorithm, key, bytes.slice(NONCE));
    return JSON.parse(decoder.decode(plain));
  } catch {
    return undefined;
  }
}
