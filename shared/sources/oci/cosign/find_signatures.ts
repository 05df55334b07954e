import { Buffer } from "node:buffer";
import { z } from "zod";
import { FetchFailure } from "../../fetcher.ts";
import { verifiedBytes } from "../layer_bytes.ts";
import { type Descriptor, MANIFEST_TYPES, parseManifest } from "../manifest.ts";
import { isDigest } from "../oci_reference.ts";
import { readBytes, readJson } from "../read_json.ts";
import { readManifest } from "../read_manifest.ts";
import type { Registry } from "../registry.ts";
import type { Signature } from "./signature.ts";

/** Where the signatures of a manifest are looked for. */
export interface SignedManifest {
  registry: Registry;
  /** Of the manifest. */
  digest: string;
  signal: AbortSignal;
}

/** The most signatures that are looked at, and the most bytes of one. */
const MAX_SIGNATURES = 32;
const MAX_SIGNATURE_BYTES = 1024 * 1024;
const MAX_LIST_BYTES = 4 * 1024 * 1024;

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v\d\.\d)?\+json/;
const INDEX = "application/vnd.oci.image.index.v1+json";

const referrers = z.looseObject({
  manifests: z.array(z.looseObject({
    digest: z.string().refine(isDigest),
    artifactType: z.string().nullish(),
  })).max(1024),
});

/**
 * Finds the signatures of a manifest, where cosign puts them: under the tag `sha256-<hex>.sig`, and,
 * since its version 3, as Sigstore bundles among the referrers.
 *
 * @throws {FetchFailure} where the registry fails; without signatures there is just none.
 */
export async function* findSignatures(signed: SignedManifest): AsyncGenerator<Signature> {
  let left = MAX_SIGNATURES;
  for await (const signature of both(signed)) {
    if (--left < 0) return;
    yield signature;
  }
}

async function* both(signed: SignedManifest): AsyncGenerator<Signature> {
  yield* simpleSignatures(signed);
  yield* bundledSignatures(signed);
}

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
async function* simpleSignatures(
  { registry, digest, signal }: SignedManifest,
): AsyncGenerator<Signature> {
  const response = await registry.send({
    path: `manifests/${tagOf(digest)}.sig`,
    headers: { accept: MANIFEST_TYPES },
    accept: [404],
    signal,
  });
  if (response.status === 404) return await response.body?.cancel();
  const manifest = parseManifest(await readBytes(response, MAX_LIST_BYTES, "a signature"));
  if (manifest.kind === "index") return;
  for (const layer of manifest.layers) {
    if (layer.mediaType !== SIMPLE_SIGNING) continue;
    const payload = await readBlob(registry, layer, signal);
    yield { kind: "simple", payload, annotations: layer.annotations ?? {} };
  }
}

/** https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
async function* bundledSignatures(signed: SignedManifest): AsyncGenerator<Signature> {
  const { registry, signal } = signed;
  for (const digest of await bundleManifests(signed)) {
    const { manifest } = await readManifest(registry, digest, signal);
    if (manifest.kind === "index") continue;
    for (const layer of manifest.layers) {
      if (!BUNDLE.test(layer.mediaType)) continue;
      yield { kind: "bundle", bundle: jsonOf(await readBlob(registry, layer, signal)) };
    }
  }
}

/**
 * Lists the manifests that refer to this one, by the registry's list, else by the tag that stands in
 * for it (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers).
 */
async function bundleManifests({ registry, digest, signal }: SignedManifest): Promise<string[]> {
  const absent = [400, 404, 405, 501];
  const headers = { accept: INDEX };
  for (const path of [`referrers/${digest}`, `manifests/${tagOf(digest)}`]) {
    const response = await registry.send({ path, headers, accept: absent, signal });
    if (!response.ok) {
      await response.body?.cancel();
      continue;
    }
    const list = referrers.safeParse(await readJson(response, MAX_LIST_BYTES, "its referrers"));
    if (!list.success) {
      throw new FetchFailure("InvalidContent", "the list of its referrers is not an index");
    }
    const bundles = list.data.manifests.filter(({ artifactType }) => {
      return BUNDLE.test(artifactType ?? "");
    });
    if (bundles.length > 0) return bundles.map(({ digest }) => digest);
  }
  return [];
}

async function readBlob(
  registry: Registry,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const response = await registry.send({ path: `blobs/${descriptor.digest}`, signal });
  const budget = { sent: MAX_SIGNATURE_BYTES, unpacked: 0, entries: 0, maxFileBytes: 0 };
  return Buffer.concat(
    await Array.fromAsync(verifiedBytes(response.body, descriptor, budget)),
  );
}

function tagOf(digest: string): string {
  return digest.replace(":", "-");
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
