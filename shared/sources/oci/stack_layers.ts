import type { Layer } from "./read_layer.ts";

/**
 * Lays layers over one another, the first one at the bottom: files of later ones go before those of
 * earlier ones, and whiteouts take away what is below them
 * (https://github.com/opencontainers/image-spec/blob/main/layer.md#applying-changesets).
 */
export function stackLayers(layers: readonly Layer[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const layer of layers) {
    const removed = new Set(layer.removed);
    // A folder is emptied with all that is below it, but for itself.
    const emptied = new Set([...layer.removed, ...layer.emptied]);
    for (const path of [...files.keys()]) {
      if (removed.has(path) || foldersOf(path).some((folder) => emptied.has(folder))) {
        files.delete(path);
      }
    }
    for (const path of layer.folders) files.delete(path);
    for (const [path, content] of layer.files) files.set(path, content);
  }
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

/** The folders that a file is in, the artifact's own (empty) among them. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index).join("/"));
}
