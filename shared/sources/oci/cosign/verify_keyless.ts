import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type Bundle, bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { type Signer, toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { FetchFailure } from "../../fetcher.ts";
import { withDefaultDigest } from "./default_digest.ts";
import {
  requireSimplePayload,
  requireStatement,
  type Signature,
  SignatureFault,
  type SimpleSignature,
} from "./signature.ts";
import type { SignatureOptions } from "./signature_options.ts";

/** What is asked of a signature by a short-lived certificate. */
export type KeylessOptions = NonNullable<SignatureOptions["keyless"]>;

/**
 * Makes the function that verifies a signature of a manifest by a short-lived certificate, offline:
 * certificate, log entry and time must be vouched for by the trusted root. Where that has no
 * certificate log or no log of signatures, none is asked for; a time that is vouched for always is.
 *
 * @throws {FetchFailure} where the trusted root is none. What is made throws
 * {@linkcode SignatureFault}.
 */
export function verifierKeyless(
  { issuer, identity, trustedRoot }: KeylessOptions,
): (signature: Signature, digest: string) => void {
  const verifier = verifierOf(trustedRoot);
  return (signature, digest) => {
    const bundle = bundleOf(signature);
    let signer: Signer;
    try {
      const payload = signature.kind === "simple" ? Buffer.from(signature.payload) : undefined;
      signer = withDefaultDigest(() => verifier.verify(toSignedEntity(bundle, payload)));
    } catch (error) {
      throw new SignatureFault(`it cannot be verified: ${textOf(error)}`, { cause: error });
    }
    if (signature.kind === "simple") requireSimplePayload(signature.payload, digest);
    else requireStatement(statementOf(bundle), digest);
    requireIdentity(signer, { issuer, identity });
  };
}

function verifierOf(trustedRoot: string): Verifier {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(trustedRoot));
    if (root.certificateAuthorities.length === 0) throw new Error("no certificate authority");
    return new Verifier(toTrustMaterial(root), {
      ctlogThreshold: Math.min(1, root.ctlogs.length),
      tlogThreshold: Math.min(1, root.tlogs.length),
      timestampThreshold: 1,
    });
  } catch (cause) {
    const message = "verify.keyless.trustedRoot cannot be used, should be a trusted root of " +
      "Sigstore as JSON, with certificateAuthorities";
    throw new FetchFailure("VerificationFailed", message, { cause });
  }
}

function bundleOf(signature: Signature): Bundle {
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(signature.kind === "simple" ? asBundle(signature) : signature.bundle);
  } catch (error) {
    if (error instanceof SignatureFault) throw error;
    throw new SignatureFault(`it is no usable bundle: ${textOf(error)}`, { cause: error });
  }
  if (bundle.verificationMaterial.content.$case === "publicKey") {
    throw new SignatureFault("it is by a key, not by a certificate");
  }
  return bundle;
}

/** Turns cosign's annotations into a bundle of the version that had the same parts. */
function asBundle({ payload, annotations }: SimpleSignature): unknown {
  const read = (name: string) => annotations[`dev.sigstore.cosign/${name}`];
  const certificate = read("certificate");
  if (certificate === undefined) {
    throw new SignatureFault("it is by a key, not by a certificate");
  }
  const { SignedEntryTimestamp, Payload } = JSON.parse(read("bundle") ?? "{}");
  const stamp = JSON.parse(read("rfc3161timestamp") ?? "{}").SignedRFC3161Timestamp;
  const body = JSON.parse(Buffer.from(String(Payload?.body ?? ""), "base64").toString() || "{}");
  const entry = {
    logIndex: String(Payload?.logIndex),
    logId: { keyId: Buffer.from(String(Payload?.logID), "hex").toString("base64") },
    kindVersion: { kind: body.kind, version: body.apiVersion },
    integratedTime: String(Payload?.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload?.body,
  };
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: derOf(certificate) }] },
      tlogEntries: Payload === undefined ? [] : [entry],
      timestampVerificationData: {
        rfc3161Timestamps: stamp === undefined ? [] : [{ signedTimestamp: stamp }],
      },
    },
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: createHash("sha256").update(payload).digest("base64"),
      },
      signature: annotations["dev.cosignproject.cosign/signature"],
    },
  };
}

/** The base64 of the first certificate in a PEM. */
function derOf(pem: string): string {
  const [, base64 = ""] =
    /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/.exec(pem) ?? [];
  return base64.replaceAll(/\s/g, "");
}

function statementOf({ content }: Bundle): Uint8Array {
  if (content.$case === "dsseEnvelope") return content.dsseEnvelope.payload;
  throw new SignatureFault("its bundle holds no signed statement");
}

function requireIdentity(
  signer: Signer,
  { issuer, identity }: Pick<KeylessOptions, "issuer" | "identity">,
) {
  const by = signer.identity?.subjectAlternativeName ?? "";
  const of = signer.identity?.extensions?.issuer ?? "";
  if (of === issuer && matches(identity, by)) return;
  const shown = (text: string) => JSON.stringify(text.slice(0, 200));
  throw new SignatureFault(
    `it is by ${shown(by)} of ${shown(of)}, should be by ${shown(identity)} of ${shown(issuer)}`,
  );
}

/** Compares with a pattern, in which `*` stands for any characters, in bounded time. */
function matches(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : "unknown";
}
