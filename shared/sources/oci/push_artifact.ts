import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { FetchFailure } from "../fetcher.ts";
import { digestOf } from "./digest_of.ts";
import type { Registry } from "./registry.ts";

/** The type of the artifacts that are made here. */
export const ARTIFACT_TYPE = "application/vnd.genkitd.flows.v1";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
/** The config of an artifact that has none (image-spec, "Guidance for an Empty Descriptor"). */
const EMPTY = { mediaType: "application/vnd.oci.empty.v1+json", bytes: bytesOf("{}") };

/** Bytes that a manifest names. */
export interface Blob {
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
  annotations?: Record<string, string>;
}

/** What was pushed. */
export interface Pushed {
  /** Of the manifest. */
  digest: string;
  /** Of what was sent, in bytes. */
  size: number;
}

/**
 * Makes an artifact of files and pushes it: one layer, a gzipped tar. The same files give the same
 * digest. What the registry has already is not sent again.
 *
 * @param files Path to content.
 * @throws {FetchFailure} where the registry does not take it.
 */
export async function pushArtifact(
  registry: Registry,
  { tag, files, annotations = {}, signal }: {
    tag: string;
    files: ReadonlyMap<string, Uint8Array>;
    /** Of the manifest, such as `org.opencontainers.image.revision`. */
    annotations?: Record<string, string>;
    signal: AbortSignal;
  },
): Promise<Pushed> {
  const layer: Blob = { mediaType: LAYER_TYPE, bytes: await archive(files) };
  const manifest = await pushManifest(registry, {
    tag,
    layers: [layer],
    more: {
      artifactType: ARTIFACT_TYPE,
      ...Object.keys(annotations).length > 0 && { annotations },
    },
    signal,
  });
  return { digest: manifest.digest, size: layer.bytes.length };
}

/** Pushes a manifest with its layers; `more` are further fields of it. */
export async function pushManifest(
  registry: Registry,
  { tag, layers, more = {}, signal }: {
    tag: string;
    layers: readonly Blob[];
    more?: Record<string, unknown>;
    signal: AbortSignal;
  },
): Promise<{ digest: string; size: number; mediaType: string }> {
  const descriptors = [];
  for (const blob of [EMPTY, ...layers]) {
    descriptors.push(await pushBlob(registry, blob, signal));
  }
  const [config, ...rest] = descriptors;
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = { schemaVersion: 2, mediaType, ...more, config, layers: rest };
  const bytes = bytesOf(JSON.stringify(manifest));
  await putManifest(registry, { name: tag, mediaType, bytes, signal });
  return { digest: digestOf(bytes), size: bytes.length, mediaType };
}

/** Sends a manifest or an index under a tag or its digest. */
export async function putManifest(
  registry: Registry,
  { name, mediaType, bytes, signal }: {
    name: string;
    mediaType: string;
    bytes: Uint8Array<ArrayBuffer>;
    signal: AbortSignal;
  },
): Promise<void> {
  const response = await registry.send({
    path: `manifests/${name}`,
    method: "PUT",
    headers: { "content-type": mediaType },
    body: bytes,
    signal,
  });
  await response.body?.cancel();
}

async function pushBlob(
  registry: Registry,
  { mediaType, bytes, annotations }: Blob,
  signal: AbortSignal,
) {
  const digest = digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.length, ...annotations && { annotations } };
  const head = await registry.send({
    path: `blobs/${digest}`,
    method: "HEAD",
    accept: [404],
    signal,
  });
  await head.body?.cancel();
  if (head.ok) return descriptor;
  // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put
  const begun = await registry.send({ path: "blobs/uploads/", method: "POST", signal });
  await begun.body?.cancel();
  const location = begun.headers.get("location");
  if (location === null) {
    throw new FetchFailure("Unreachable", "the registry does not say where it takes a layer");
  }
  const separator = location.includes("?") ? "&" : "?";
  const sent = await registry.send({
    path: `${location}${separator}digest=${encodeURIComponent(digest)}`,
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: bytes,
    signal,
  });
  await sent.body?.cancel();
  return descriptor;
}

async function archive(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const tar = pack();
  for (const [name, content] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    // Nothing of the machine and the moment, so that the same files are the same bytes.
    tar.entry({ name, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, Buffer.from(content));
  }
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar) parts.push(part as Uint8Array);
  return new Uint8Array(gzipSync(Buffer.concat(parts), { level: 9 }));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
