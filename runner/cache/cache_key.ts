import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/contract/canonical_json.ts";

/** What makes the answer of a flow what it is. */
export interface CacheKeyParts {
  prompt: string;
  input: unknown;
  /** What the prompt sees as `@auth`: another caller never gets the answer. */
  auth?: Record<string, unknown>;
}

/** Gives the key of a call: SHA-256, 64 hex digits. The order of the input's keys does not matter. */
export function cacheKey({ prompt, input, auth }: CacheKeyParts): string {
  return createHash("sha256").update(canonicalJson([prompt, input, auth ?? null])).digest("hex");
}
