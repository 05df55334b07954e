import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/contract/canonical_json.ts";
import type { FlowCall } from "../host/flow_handle.ts";

/**
 * What says how a call came here and is observed; it makes no other answer. The depth does: a flow that
 * was called by another has nobody to ask for an approval.
 */
const BESIDE: ReadonlySet<string> = new Set<keyof FlowCall>([
  ...["chain", "trace", "traced", "recordContent", "recording", "timeLeft", "hurried"] as const,
  ...["onStep", "onChunk", "callFlow"] as const,
]);

/**
 * Gives the key of a call: SHA-256, 64 hex digits, of all else that it says, who calls included. The
 * order of the input's fields does not matter.
 */
export function cacheKey(call: Omit<FlowCall, "signal">): string {
  const says = Object.entries(call).filter(([name]) => !BESIDE.has(name));
  return createHash("sha256").update(canonicalJson(Object.fromEntries(says))).digest("hex");
}
