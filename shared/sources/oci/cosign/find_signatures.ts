import { Buffer } from "node:buffer";
import { z } from "zod";
import { FetchFailure } from "../../fetcher.ts";
import { verifiedBytes } from "../layer_bytes.ts";
import { type Descriptor, type Manifest, MANIFEST_TYPES, parseManifest } from "../manifest.ts";
import { nextPage } from "../next_page.ts";
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
/** The most pages of a list of referrers. */
const MAX_PAGES = 10;
/** What registries answer that have no such list. */
const ABSENT = [400, 404, 405, 406, 501];

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(\.v\d\.\d)?\+json/;
/** What a simple signature is as a referrer: cosign 2 with `--registry-referrers-mode=oci-1-1`. */
const SIMPLE_ARTIFACT = "application/vnd.dev.cosign.artifact.sig.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

const referrers = z.looseObject({
  manifests: z.array(z.looseObject({
    digest: z.string().refine(isDigest),
    artifactType: z.string().nullish(),
  })).max(1024),
});

/**
 * Finds the signatures of a manifest, where cosign puts them: under the tag `sha256-<hex>.sig`, and
 * among the referrers, since its version 3 as Sigstore bundles.
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
  yield* taggedSignatures(signed);
  yield* referringSignatures(signed);
}

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
async function* taggedSignatures(signed: SignedManifest): AsyncGenerator<Signature> {
  const { registry, digest, signal } = signed;
  const response = await registry.send({
    path: `manifests/${tagOf(digest)}.sig`,
    headers: { accept: MANIFEST_TYPES },
    accept: [404],
    signal,
  });
  if (response.status === 404) return await response.body?.cancel();
  const manifest = parseManifest(await readBytes(response, MAX_LIST_BYTES, "a signature"));
  yield* signaturesOf(manifest, signed);
}

/** https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
async function* referringSignatures(signed: SignedManifest): AsyncGenerator<Signature> {
  for await (const digest of signatureManifests(signed)) {
    const { manifest } = await readManifest(signed.registry, digest, signed.signal);
    yield* signaturesOf(manifest, signed);
  }
}

async function* signaturesOf(
  manifest: Manifest,
  { registry, signal }: SignedManifest,
): AsyncGenerator<Signature> {
  if (manifest.kind === "index") return;
  for (const layer of manifest.layers) {
    if (layer.mediaType === SIMPLE_SIGNING) {
      const payload = await readBlob(registry, layer, signal);
      yield { kind: "simple", payload, annotations: layer.annotations ?? {} };
    } else if (BUNDLE.test(layer.mediaType)) {
      yield { kind: "bundle", bundle: jsonOf(await readBlob(registry, layer, signal)) };
    }
  }
}

/**
 * Lists the signatures' manifests that refer to this one, by the registry's list, else by the tag that
 * stands in for it
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers).
 */
async function* signatureManifests(signed: SignedManifest): AsyncGenerator<string> {
  const { digest } = signed;
  let found = 0;
  for (const first of [`referrers/${digest}`, `manifests/${tagOf(digest)}`]) {
    let path: string | undefined = first;
    for (let page = 0; page < MAX_PAGES && path !== undefined; page++) {
      const list = await readList(path, signed);
      for (const { digest, artifactType } of list.manifests) {
        if (artifactType !== SIMPLE_ARTIFACT && !BUNDLE.test(artifactType ?? "")) continue;
        found++;
        yield digest;
      }
      path = list.next;
    }
    if (found > 0) return;
  }
}

/** One page of a list; an empty one where the registry has no such list. */
async function readList(path: string, { registry, signal }: SignedManifest) {
  const response = await registry.send({
    path,
    headers: { accept: INDEX },
    accept: ABSENT,
    signal,
  });
  // Some answer what they do not know by a page for people.
  const isPage = /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
  if (!response.ok || isPage) {
    await response.body?.cancel();
    return { manifests: [] };
  }
  const list = referrers.safeParse(await readJson(response, MAX_LIST_BYTES, "its referrers"));
  if (!list.success) {
    throw new FetchFailure("InvalidContent", "the list of its referrers is not an index");
  }
  const next = nextPage(response.headers.get("link"), registry.url(path));
  return { manifests: list.data.manifests, next };
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
