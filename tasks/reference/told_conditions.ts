import { outcome } from "../../operator/engine/outcome.ts";
import type { Telling } from "../../operator/kind_reasons.ts";
import type { Reason } from "../../shared/reason.ts";

/**
 * Gives the conditions that carry a reason which is told so, as the operator sets them: for example
 * `Ready=False, Stalled=True`; `Event` where it is in none.
 */
export function toldConditions(reason: Reason, telling: Telling): string {
  if (telling === "warning") return "Event";
  const told = { reason, message: "" };
  const failed = telling !== "ready" && telling !== "progress";
  const { verdicts } = outcome({
    failures: failed ? [{ failure: telling, ...told }] : [],
    ...telling === "progress" && { progress: told },
    ready: told,
  });
  return verdicts.map(({ type, status }) => `${type}=${status}`).join(", ");
}
