import type { KubernetesObject } from "../kubernetes/object.ts";
import type { ServerContent } from "./server_content.ts";
import type { ServerOwner } from "./server_owner.ts";
import { childMetadata } from "./child_metadata.ts";

/** A ConfigMap's data may be 1 MiB with everything; etcd and the object's frame need the rest. */
export const MAX_BYTES = 900 * 1024;

/** The longest key that a ConfigMap may have. */
const MAX_KEY = 253;

/** A file of the content, and where it is kept. */
export interface ContentFile {
  configMap: string;
  key: string;
  /** Relative to /genkit. */
  path: string;
  text: string;
}

/** Content that fits into no ConfigMap. */
export class ContentTooLarge extends Error {}

/**
 * Tells which ConfigMap has each file: `<server>-<hash12>`, and `<server>-<hash12>-2` and so on where
 * one cannot take all.
 *
 * @throws {ContentTooLarge} for a file that is too large for any.
 */
export function placeFiles(
  server: string,
  { files }: Pick<ServerContent, "files">,
  hash: string,
  maxBytes = MAX_BYTES,
): ContentFile[] {
  let part = 1;
  let used = 0;
  return [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([path, text], index) => {
    const dotted = path.replaceAll("/", ".");
    const key = dotted.length <= MAX_KEY ? dotted : `file-${index}`;
    const size = key.length + new TextEncoder().encode(text).length;
    if (size > maxBytes) {
      throw new ContentTooLarge(
        `the file "${path}" is ${size} bytes, should be at most ${maxBytes}: a ConfigMap takes ` +
          "no more",
      );
    }
    if (used + size > maxBytes) [part, used] = [part + 1, 0];
    used += size;
    const name = `${server}-${hash.slice(0, 12)}`;
    return { configMap: part === 1 ? name : `${name}-${part}`, key, path, text };
  });
}

/** Renders the immutable ConfigMaps of a content. */
export function renderConfigMaps(
  owner: ServerOwner,
  files: readonly ContentFile[],
): KubernetesObject[] {
  const names = [...new Set(files.map(({ configMap }) => configMap))];
  return names.map((name) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: childMetadata(owner, name),
    immutable: true,
    data: Object.fromEntries(
      files.filter(({ configMap }) => configMap === name).map(({ key, text }) => [key, text]),
    ),
  }));
}
