import { createHash, timingSafeEqual } from "node:crypto";

/** The callers of a flow with their keys, as they are now. The map is never changed in place. */
export type ReadApiKeys = () => Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;

/** Each key as a digest, made once for all the calls that read the same keys. */
const digests = new WeakMap<ReadonlyMap<string, string>, [caller: string, digest: Uint8Array][]>();

/**
 * Gives the caller whose key was sent, or undefined. Every key is compared, each as a digest, so that
 * the time tells neither a key nor its place.
 */
export function findCaller(sent: string, keys: ReadonlyMap<string, string>): string | undefined {
  const digest = sha256(sent);
  let caller: string | undefined;
  for (const [name, key] of digestsOf(keys)) {
    if (timingSafeEqual(digest, key)) caller ??= name;
  }
  return caller;
}

function digestsOf(keys: ReadonlyMap<string, string>): [caller: string, digest: Uint8Array][] {
  let known = digests.get(keys);
  if (known === undefined) {
    known = [...keys]
      // Editors and `echo` end a text with a line break.
      .map(([caller, key]) => [caller, key.replace(/\r?\n$/, "")] as const)
      // An empty one is no key: anybody could send it.
      .filter(([, key]) => key !== "")
      .map(([caller, key]) => [caller, sha256(key)]);
    digests.set(keys, known);
  }
  return known;
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
