import type { Key, Subkey } from "openpgp";
import { BadSignature } from "./bad_signature.ts";

/** Larger keys and exponents can only be meant to hold up whoever verifies. */
const [MIN_RSA_BITS, MAX_RSA_BITS, MAX_EXPONENT_BYTES] = [2048, 8192, 8];
const CURVES: readonly string[] = ["nistP256", "nistP384", "nistP521", "ed25519Legacy"];

/**
 * Looks what a key is made of, before anything is computed with it.
 *
 * @throws {BadSignature} where that is not supported.
 */
export function checkStrength(
  { enums }: typeof import("openpgp"),
  key: (Key | Subkey)["keyPacket"],
): void {
  const refuse = (what: string) => {
    const message = `is signed by the OpenPGP key ${key.getFingerprint().toUpperCase()}, ${what}`;
    return new BadSignature(message);
  };
  const { algorithm, bits = 0, curve } = key.getAlgorithmInfo();
  const { rsaEncryptSign, rsaSign, ecdsa, eddsaLegacy, ed25519, ed448 } = enums.publicKey;
  if (key.algorithm === rsaEncryptSign || key.algorithm === rsaSign) {
    const { e } = key.publicParams as { e: Uint8Array };
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
      throw refuse(`RSA of ${bits} bits, should be ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`);
    }
    if (e.length > MAX_EXPONENT_BYTES) {
      throw refuse(`RSA with an exponent of ${e.length} bytes, should be at most 8`);
    }
  } else if (key.algorithm === ecdsa || key.algorithm === eddsaLegacy) {
    if (!CURVES.includes(curve ?? "")) throw refuse(`on the curve ${curve}, not supported`);
  } else if (key.algorithm !== ed25519 && key.algorithm !== ed448) {
    throw refuse(`of the algorithm ${algorithm}, not supported`);
  }
}
