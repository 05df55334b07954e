import { createHash, timingSafeEqual } from "node:crypto";

/** The callers of a flow with their keys, as they are now. */
export type ReadApiKeys = () => Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;

/**
 * Gives the caller whose key was sent, or undefined. Every key is compared, each as a digest, so that
 * the time tells neither a key nor its place.
 */
export function findCaller(sent: string, keys: ReadonlyMap<string, string>): string | undefined {
  const digest = sha256(sent);
  let caller: string | undefined;
  for (const [name, key] of keys) {
    // An empty file is no key that anybody could send.
    if (timingSafeEqual(digest, sha256(key)) && key !== "") caller ??= name;
  }
  return caller;
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
