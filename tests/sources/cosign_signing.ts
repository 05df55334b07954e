import { Buffer } from "node:buffer";
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { initializeCA, initializeCTLog, initializeTLog, initializeTSA } from "@sigstore/mock";
import { bytes } from "./oci_reading.ts";

/** What is signed by, as cosign has it. */
export interface Signer {
  /** The signature of bytes, as base64. */
  sign(signed: Uint8Array): string;
}

/** A pair of keys. */
export interface KeySigner extends Signer {
  /** The public key as PEM, as in cosign.pub. */
  pem: string;
}

/** A signer with a short-lived certificate. */
export interface KeylessSigner extends Signer {
  /** As PEM. */
  certificate: string;
  /** Writes into the log of signatures, and gives what that answers. */
  log(entry: Record<string, unknown>): Promise<LogEntry>;
}

/** An entry of a log, as Rekor answers it. */
export interface LogEntry {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  verification: {
    signedEntryTimestamp: string;
    inclusionProof: { logIndex: number; treeSize: number; rootHash: string; checkpoint: string };
  };
}

/** Makes keys as `cosign generate-key-pair` does, or of another type. */
export function keySigner(type: "ec" | "rsa" | "ed25519" = "ec"): KeySigner {
  const { publicKey, privateKey } = type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ed25519");
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return { pem, sign: (signed) => signatureOf(signed, privateKey) };
}

/** The authorities of Sigstore: who gives certificates, and the logs of these and of signatures. */
export async function sigstore() {
  const keys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ctLog = await initializeCTLog(keys());
  const ca = await initializeCA(keys(), ctLog);
  const tlog = await initializeTLog("https://rekor.example", keys());
  const tsa = await initializeTSA(keys(), timeOfStamps());
  const start = new Date(0).toISOString();
  const logOf = (key: Uint8Array, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: base64(key),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: { start },
    },
    logId: { keyId: createHash("sha256").update(key).digest("base64") },
  });
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [logOf(tlog.publicKey, "https://rekor.example")],
    ctlogs: [logOf(ctLog.publicKey, "https://ctlog.example")],
    certificateAuthorities: [{
      subject: { organization: "example", commonName: "example" },
      uri: "https://fulcio.example",
      certChain: { certificates: [{ rawBytes: base64(viewed(ca.rootCertificate)) }] },
      validFor: { start },
    }],
    timestampAuthorities: [{
      subject: { organization: "example", commonName: "example" },
      uri: "https://tsa.example",
      certChain: {
        certificates: [tsa.intCertificate, tsa.rootCertificate].map((certificate) => ({
          rawBytes: base64(viewed(certificate)),
        })),
      },
      validFor: { start },
    }],
  };
  return {
    trustedRoot: JSON.stringify(root),
    /** The same without a log of signatures. */
    rootWithoutLog: JSON.stringify({ ...root, tlogs: [] }),
    /** Vouches for the time of a signature, as an RFC 3161 answer in base64. */
    async timestamp(signature: string): Promise<string> {
      const stamp = await tsa.timestamp({
        artifactHash: createHash("sha256").update(Buffer.from(signature, "base64")).digest(),
        hashAlgorithmOID: "2.16.840.1.101.3.4.2.1",
        policyOID: "1.3.6.1.4.1.57264.2",
        nonce: 1,
      });
      return base64(viewed(stamp));
    },
    /** Gives a certificate to who was vouched for by the issuer. */
    async signer(identity: string, issuer: string): Promise<KeylessSigner> {
      const { publicKey, privateKey } = keys();
      const der = await ca.issueCertificate({
        publicKey: publicKey.export({ format: "der", type: "spki" }) as Buffer<ArrayBuffer>,
        subjectAltName: identity,
        extensions: [{ oid: "1.3.6.1.4.1.57264.1.8", value: issuer }],
      });
      const lines = base64(viewed(der)).replaceAll(/.{64}/g, "$&\n");
      return {
        certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
        sign: (signed) => signatureOf(signed, privateKey),
        log: async (entry) => Object.values(await tlog.log(entry))[0] as unknown as LogEntry,
      };
    },
  };
}

/**
 * When the authority of times says that it is: a full second, since DER has no zeros at a fraction's
 * end and @sigstore/core reads fractions of three digits only; within the ten minutes of the
 * certificates that are given after it.
 */
function timeOfStamps(): Date {
  return new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
}

/** The payload of cosign's own signatures. */
export function simplePayload(digest: string): Uint8Array<ArrayBuffer> {
  return bytes(JSON.stringify({
    critical: {
      identity: { "docker-reference": "" },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  }));
}

/** The annotations of a simple signature by a certificate: cosign's, with an entry of the log. */
export async function keylessAnnotations(
  signer: KeylessSigner,
  payload: Uint8Array,
): Promise<Record<string, string>> {
  const signature = signer.sign(payload);
  const entry = await signer.log({
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm: "sha256", value: hexDigest(payload) } },
      signature: { content: signature, publicKey: { content: btoa(signer.certificate) } },
    },
  });
  const { body, integratedTime, logID, logIndex, verification } = entry;
  return {
    "dev.cosignproject.cosign/signature": signature,
    "dev.sigstore.cosign/certificate": signer.certificate,
    "dev.sigstore.cosign/bundle": JSON.stringify({
      SignedEntryTimestamp: verification.signedEntryTimestamp,
      Payload: { body, integratedTime, logIndex, logID },
    }),
  };
}

/** The statement of a signature in a bundle. */
export function statement(
  digest: string,
  predicateType = "https://sigstore.dev/cosign/sign/v1",
): Uint8Array<ArrayBuffer> {
  return bytes(JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType,
    predicate: {},
  }));
}

/** A bundle of Sigstore with a signed statement: by a key, or by a certificate and the log. */
export async function bundle(
  signer: KeySigner | KeylessSigner,
  payload: Uint8Array,
): Promise<Record<string, unknown>> {
  const payloadType = "application/vnd.in-toto+json";
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const sig = signer.sign(Buffer.concat([Buffer.from(head), payload]));
  const dsseEnvelope = { payload: base64(payload), payloadType, signatures: [{ sig, keyid: "" }] };
  const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  if (!("certificate" in signer)) {
    return {
      mediaType,
      verificationMaterial: { publicKey: { hint: "x" }, tlogEntries: [] },
      dsseEnvelope,
    };
  }
  const entry = await signer.log({
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: { algorithm: "sha256", value: hexDigest(bytes(JSON.stringify(dsseEnvelope))) },
      payloadHash: { algorithm: "sha256", value: hexDigest(payload) },
      signatures: [{ signature: sig, verifier: btoa(signer.certificate) }],
    },
  });
  const { inclusionProof, signedEntryTimestamp } = entry.verification;
  return {
    mediaType,
    verificationMaterial: {
      certificate: { rawBytes: signer.certificate.replaceAll(/-----[A-Z ]+-----|\s/g, "") },
      tlogEntries: [{
        logIndex: String(entry.logIndex),
        logId: { keyId: Buffer.from(entry.logID, "hex").toString("base64") },
        kindVersion: { kind: "dsse", version: "0.0.1" },
        integratedTime: String(entry.integratedTime),
        inclusionPromise: { signedEntryTimestamp },
        inclusionProof: {
          logIndex: String(inclusionProof.logIndex),
          treeSize: String(inclusionProof.treeSize),
          rootHash: Buffer.from(inclusionProof.rootHash, "hex").toString("base64"),
          hashes: [],
          checkpoint: { envelope: inclusionProof.checkpoint },
        },
        canonicalizedBody: entry.body,
      }],
    },
    dsseEnvelope,
  };
}

function signatureOf(signed: Uint8Array, key: KeyObject): string {
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return sign(algorithm, signed, key).toString("base64");
}

function hexDigest(signed: Uint8Array): string {
  return createHash("sha256").update(signed).digest("hex");
}

function base64(content: Uint8Array): string {
  return Buffer.from(content).toString("base64");
}

function viewed(view: ArrayBufferView<ArrayBuffer> | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
