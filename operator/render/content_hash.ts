import { contentHash } from "../../shared/content_hash.ts";
import type { ServerContent } from "./server_content.ts";

/**
 * Gives the SHA-256 of what a server's pods find below /genkit: of the files, and of the names of
 * Secrets and keys, but never of their values.
 */
export function serverContentHash(
  { files, secrets, environment }: ServerContent,
): Promise<string> {
  // No file of the tree has an empty path.
  return contentHash([...files, ["", JSON.stringify({ secrets, environment })]]);
}
