import { BadSignature } from "./bad_signature.ts";

/** What {@linkcode verifySshSignature} found. */
export interface CheckedSignature {
  /** The public key that signed, in base64 without padding, as allowed_signers has it. */
  key: string;
  /** Whether the signature is that key's, of that content. */
  valid: boolean;
}

type Bytes = Uint8Array<ArrayBuffer>;

const MAGIC = "SSHSIG";
const HASHES: Record<string, string> = { sha256: "SHA-256", sha512: "SHA-512" };
const CURVES: Record<string, { name: string; hash: string; bytes: number }> = {
  nistp256: { name: "P-256", hash: "SHA-256", bytes: 32 },
  nistp384: { name: "P-384", hash: "SHA-384", bytes: 48 },
};
/** Fewer bits of an RSA key can be broken. */
const MIN_RSA_BITS = 2048;

/**
 * Checks an armored SSH signature of `content`.
 *
 * @throws {BadSignature} where it is broken, or of a kind that is not supported.
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
 */
export async function verifySshSignature(
  armored: string,
  content: Uint8Array,
  namespace: string,
): Promise<CheckedSignature> {
  const blob = dearmor(armored);
  const reader = new Fields(blob);
  if (reader.raw(6) !== MAGIC || reader.uint32() !== 1) throw broken();
  const publicKey = reader.bytes();
  const signedNamespace = reader.text();
  const reserved = reader.bytes();
  const hashName = reader.text();
  const signature = new Fields(reader.bytes());
  const hash = HASHES[hashName];
  if (hash === undefined) throw unsupported(`the hash "${hashName}"`);
  const key = publicKey.toBase64().replace(/=+$/, "");
  if (signedNamespace !== namespace) return { key, valid: false };
  const digest = new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array(content)));
  const signed = joined([
    new TextEncoder().encode(MAGIC),
    field(new TextEncoder().encode(signedNamespace)),
    field(reserved),
    field(new TextEncoder().encode(hashName)),
    field(digest),
  ]);
  const algorithm = signature.text();
  const valid = await verify(new Fields(publicKey), algorithm, signature.bytes(), signed);
  return { key, valid };
}

async function verify(key: Fields, algorithm: string, signature: Bytes, signed: Bytes) {
  const { subtle } = crypto;
  const type = key.text();
  if (type === "ssh-ed25519" && algorithm === type) {
    const imported = await subtle.importKey("raw", key.bytes(), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", imported, signature, signed);
  }
  const hash = { "rsa-sha2-256": "SHA-256", "rsa-sha2-512": "SHA-512" }[algorithm];
  if (type === "ssh-rsa" && hash !== undefined) {
    const [e, n] = [key.number(), key.number()];
    if (n.length * 8 < MIN_RSA_BITS) throw unsupported(`an RSA key of ${n.length * 8} bits`);
    const jwk = { kty: "RSA", e: base64url(e), n: base64url(n) };
    const scheme = { name: "RSASSA-PKCS1-v1_5", hash };
    const imported = await subtle.importKey("jwk", jwk, scheme, false, ["verify"]);
    return await subtle.verify(scheme, imported, signature, signed);
  }
  const curve = CURVES[/^ecdsa-sha2-(.*)$/.exec(type)?.[1] ?? ""];
  if (curve !== undefined && algorithm === type) {
    key.text();
    const scheme = { name: "ECDSA", namedCurve: curve.name, hash: curve.hash };
    const imported = await subtle.importKey("raw", key.bytes(), scheme, false, ["verify"]);
    const numbers = new Fields(signature);
    const [r, s] = [padded(numbers.number(), curve.bytes), padded(numbers.number(), curve.bytes)];
    return await subtle.verify(scheme, imported, joined([r, s]), signed);
  }
  throw unsupported(`a key of type "${type.slice(0, 64)}"`);
}

/** Reads SSH's binary fields one after another. */
class Fields {
  #at = 0;
  readonly #bytes: Bytes;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  raw(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }

  uint32(): number {
    const bytes = this.#take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  bytes(): Bytes {
    return this.#take(this.uint32());
  }

  text(): string {
    return new TextDecoder().decode(this.bytes());
  }

  /** A number without the zeros before it. */
  number(): Bytes {
    const bytes = this.bytes();
    const first = bytes.findIndex((byte) => byte !== 0);
    return first < 0 ? bytes.subarray(bytes.length) : bytes.subarray(first);
  }

  #take(length: number): Bytes {
    if (this.#at + length > this.#bytes.length) throw broken();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function dearmor(armored: string): Bytes {
  const [, body] = /^-----BEGIN SSH SIGNATURE-----\n([^-]*)-----END SSH SIGNATURE-----\s*$/
    .exec(armored) ?? [];
  try {
    return Uint8Array.fromBase64(body!);
  } catch {
    throw broken();
  }
}

function field(bytes: Bytes): Bytes {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return joined([length, bytes]);
}

function joined(parts: Bytes[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function padded(bytes: Bytes, length: number): Bytes {
  if (bytes.length > length) throw broken();
  return joined([new Uint8Array(length - bytes.length), bytes]);
}

function base64url(bytes: Bytes): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function broken(): BadSignature {
  return new BadSignature("has a signature that is broken");
}

function unsupported(what: string): BadSignature {
  return new BadSignature(`has a signature that uses ${what}, not supported`);
}
