import { z } from "zod";

/** A signature in cosign's own form: a payload, with the rest in annotations of its layer. */
export interface SimpleSignature {
  kind: "simple";
  /** The signed bytes: JSON of simple signing. */
  payload: Uint8Array;
  annotations: Readonly<Record<string, string>>;
}

/** A signature as a Sigstore bundle, whose payload is an in-toto statement. */
export interface BundledSignature {
  kind: "bundle";
  /** The bundle as JSON. */
  bundle: unknown;
}

/** A signature that was found beside an artifact; nothing of it is verified. */
export type Signature = SimpleSignature | BundledSignature;

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#simple-signing */
const simplePayload = z.looseObject({
  critical: z.looseObject({
    type: z.literal("cosign container image signature"),
    image: z.looseObject({ "docker-manifest-digest": z.string() }),
  }),
});

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statement = z.looseObject({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  // Others say something of the artifact, such as how it was built, and not that it is to be used.
  predicateType: z.literal("https://sigstore.dev/cosign/sign/v1"),
  subject: z.array(z.looseObject({ digest: z.record(z.string(), z.string()) })).min(1).max(64),
});

/** What is wrong with a signature; the message is for a person. */
export class SignatureFault extends Error {
  override readonly name = "SignatureFault";
}

/**
 * Tells that a payload of simple signing is of this manifest.
 *
 * @throws {SignatureFault} where it is of another, or no such payload.
 */
export function requireSimplePayload(payload: Uint8Array, digest: string): void {
  const parsed = simplePayload.safeParse(jsonOf(payload));
  if (!parsed.success) throw new SignatureFault("its payload is not one of cosign");
  const signed = parsed.data.critical.image["docker-manifest-digest"];
  if (signed !== digest) throw otherDigest(signed);
}

/**
 * Tells that an in-toto statement is a signature of this manifest.
 *
 * @throws {SignatureFault} where it is of another, or no such statement.
 */
export function requireStatement(payload: Uint8Array, digest: string): void {
  const parsed = statement.safeParse(jsonOf(payload));
  if (!parsed.success) throw new SignatureFault("its statement is not a signature of cosign");
  const signed = parsed.data.subject.map(({ digest }) => `sha256:${digest.sha256 ?? ""}`);
  if (!signed.includes(digest)) throw otherDigest(signed[0]!);
}

function otherDigest(signed: string): SignatureFault {
  return new SignatureFault(`it is of another artifact, "${signed.slice(0, 80)}"`);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
