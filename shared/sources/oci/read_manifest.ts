import { FetchFailure } from "../fetcher.ts";
import { digestOf } from "./digest_of.ts";
import { type Manifest, MANIFEST_TYPES, MAX_MANIFEST_BYTES, parseManifest } from "./manifest.ts";
import { isDigest } from "./oci_reference.ts";
import { readBytes } from "./read_json.ts";
import type { Registry } from "./registry.ts";

/**
 * Reads a manifest or an index by its digest, by which it is verified, or its tag.
 *
 * @throws {FetchFailure}
 */
export async function readManifest(
  registry: Registry,
  name: string,
  signal: AbortSignal,
): Promise<{ digest: string; manifest: Manifest }> {
  const response = await registry.send({
    path: `manifests/${name}`,
    headers: { accept: MANIFEST_TYPES },
    signal,
  });
  const bytes = await readBytes(response, MAX_MANIFEST_BYTES, "its manifest");
  const digest = digestOf(bytes);
  if (isDigest(name) && digest !== name) {
    throw new FetchFailure("InvalidContent", `what came as "${name}" is "${digest}"`);
  }
  return { digest, manifest: parseManifest(bytes) };
}
