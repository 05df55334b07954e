const encoder = new TextEncoder();

/**
 * Gives the SHA-256 (64 hex digits) of files, whatever order they come in: over each path and text
 * with its length before it, sorted by path, so that no two different sets of files read alike.
 */
export async function contentHash(files: Iterable<readonly [string, string]>): Promise<string> {
  const sorted = [...files].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  const framed = sorted.map(([path, text]) => `${path.length}:${path}${text.length}:${text}`);
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(framed.join("")));
  return new Uint8Array(digest).toHex();
}
