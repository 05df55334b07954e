import crypto from "node:crypto";

/**
 * Runs what calls `crypto.verify` without naming a digest, as Sigstore's code does: Node then takes
 * SHA-256 for ECDSA and RSA (OpenSSL's default digest of a key), Deno throws "no default digest".
 * Nothing else can run meanwhile, as `run` is synchronous; afterwards all is as it was.
 */
export function withDefaultDigest<T>(run: () => T): T {
  const original = crypto.verify;
  const verify = (
    algorithm: string | null | undefined,
    data: NodeJS.ArrayBufferView,
    key: crypto.KeyObject,
    signature: NodeJS.ArrayBufferView,
  ): boolean => {
    const isOwn = key.asymmetricKeyType?.startsWith("ed") ?? false;
    return original(algorithm ?? (isOwn ? null : "sha256"), data, key, signature);
  };
  // The type is of all the overloads; this one is called.
  crypto.verify = verify as typeof crypto.verify;
  try {
    return run();
  } finally {
    crypto.verify = original;
  }
}
