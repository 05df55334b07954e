import type { Condition } from "../../shared/api/condition.ts";
import type { Verdict } from "./outcome.ts";

/** The conditions that are ours to set and to take away. */
const OURS: ReadonlySet<string> = new Set<Verdict["type"]>([
  "Ready",
  "Reconciling",
  "Stalled",
  "Degraded",
]);

/**
 * Gives the conditions after a verdict: `lastTransitionTime` (`now`, RFC 3339) changes only with
 * `status`; conditions of others stay.
 */
export function mergeConditions(
  before: readonly Condition[],
  verdicts: readonly Verdict[],
  { generation, now }: { generation: number; now: string },
): Condition[] {
  const merged = verdicts.map((verdict): Condition => {
    const old = before.find(({ type }) => type === verdict.type);
    return {
      ...verdict,
      observedGeneration: generation,
      lastTransitionTime: old?.status === verdict.status ? old.lastTransitionTime : now,
    };
  });
  return [...merged, ...before.filter(({ type }) => !OURS.has(type))];
}
