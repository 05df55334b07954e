import { FetchFailure } from "../../fetcher.ts";
import { findSignatures, type SignedManifest } from "./find_signatures.ts";
import { SignatureFault } from "./signature.ts";
import type { SignatureOptions } from "./signature_options.ts";

/**
 * Looks for one signature of a manifest that is as it is asked for. What does not verify is passed
 * over: anybody who may push may add a signature.
 *
 * @throws {FetchFailure} VerificationFailed where there is none.
 */
export async function verifySignature(
  options: SignatureOptions,
  signed: SignedManifest,
): Promise<void> {
  const verify = await verifierOf(options);
  let found = 0;
  let fault = "";
  for await (const signature of findSignatures(signed)) {
    found++;
    try {
      return verify(signature, signed.digest);
    } catch (error) {
      if (!(error instanceof SignatureFault)) throw error;
      fault = error.message;
    }
  }
  const what = found === 0
    ? "it is not signed"
    : found === 1
    ? `its signature does not count: ${fault}`
    : `none of its ${found} signatures counts; of the last one: ${fault}`;
  throw new FetchFailure("VerificationFailed", what);
}

/** Sigstore's code is loaded only for signatures without a key. */
async function verifierOf({ key, keyless }: SignatureOptions) {
  if (keyless !== undefined) {
    const { verifierKeyless } = await import("./verify_keyless.ts");
    return verifierKeyless(keyless);
  }
  const { verifierByKey } = await import("./verify_by_key.ts");
  return verifierByKey(key ?? "");
}
