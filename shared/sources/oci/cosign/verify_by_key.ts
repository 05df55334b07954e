import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { FetchFailure } from "../../fetcher.ts";
import {
  requireSimplePayload,
  requireStatement,
  type Signature,
  SignatureFault,
} from "./signature.ts";

const envelope = z.looseObject({
  dsseEnvelope: z.looseObject({
    payload: z.string(),
    payloadType: z.string().max(255),
    signatures: z.array(z.looseObject({ sig: z.string() })).length(1),
  }),
});

/**
 * Makes the function that verifies a signature of a manifest by a public key. No log of signatures is
 * asked for: who has the key signs.
 *
 * @param pem The key.
 * @throws {FetchFailure} where it is none. What is made throws {@linkcode SignatureFault}.
 */
export function verifierByKey(pem: string): (signature: Signature, digest: string) => void {
  const key = publicKey(pem);
  return (signature, digest) => {
    if (signature.kind === "simple") {
      const { payload, annotations } = signature;
      const signed = annotations["dev.cosignproject.cosign/signature"] ?? "";
      requireSigned(key, payload, signed);
      requireSimplePayload(payload, digest);
      return;
    }
    const { success, data } = envelope.safeParse(signature.bundle);
    if (!success) throw new SignatureFault("its bundle holds no signed statement");
    const { payloadType, payload, signatures } = data.dsseEnvelope;
    const statement = Buffer.from(payload, "base64");
    requireSigned(key, preAuthEncoding(payloadType, statement), signatures[0]!.sig);
    requireStatement(statement, digest);
  };
}

function publicKey(pem: string): KeyObject {
  try {
    // A private key would do as well, and does not belong here.
    if (!/^\s*-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(pem)) throw new Error("it is no public key");
    const key = createPublicKey(pem);
    if (["ec", "rsa", "ed25519"].includes(key.asymmetricKeyType ?? "")) return key;
    throw new Error(`it is of the type "${key.asymmetricKeyType}"`);
  } catch (cause) {
    const message = "verify.key cannot be used, should be a public key in PEM of ECDSA, RSA or " +
      "Ed25519";
    throw new FetchFailure("VerificationFailed", message, { cause });
  }
}

function requireSigned(key: KeyObject, signed: Uint8Array, signature: string) {
  const verified = hashesOf(key).some((hash) => {
    try {
      return verify(hash, signed, key, Buffer.from(signature, "base64"));
    } catch {
      // What is no signature at all.
      return false;
    }
  });
  if (verified) return;
  // https://github.com/sigstore/cosign/pull/5074: cosign 3 mixes up both ways of signing.
  const also = key.asymmetricKeyType === "ed25519"
    ? ", or it is Ed25519ph, which is not verified"
    : "";
  throw new SignatureFault(`it is not by the key that is asked for${also}`);
}

/** cosign 2 signs by SHA-256 whatever the curve, and cosign 3 bundles by that of the curve (3.1.3). */
function hashesOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): (string | null)[] {
  if (asymmetricKeyType === "ed25519") return [null];
  const { namedCurve } = asymmetricKeyDetails ?? {};
  if (namedCurve === "secp384r1") return ["sha256", "sha384"];
  return namedCurve === "secp521r1" ? ["sha256", "sha512"] : ["sha256"];
}

/** https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#signature-definition */
function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = new TextEncoder().encode(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
