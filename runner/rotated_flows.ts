import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";

/**
 * Gives the names of the flows that were planned before and whose callers have other keys now. No
 * flow is loaded anew for that, so that the host does not know of it.
 */
export async function rotatedFlows(
  before: readonly (FlowPlan | BrokenPlan)[],
  after: readonly (FlowPlan | BrokenPlan)[],
): Promise<string[]> {
  const known = new Map(before.map((plan) => [plan.name, plan]));
  const rotated: string[] = [];
  for (const plan of after) {
    const old = known.get(plan.name);
    if (old === undefined || "reason" in old || "reason" in plan) continue;
    const [was, is] = await Promise.all([old.apiKeys(), plan.apiKeys()]);
    const same = was.size === is.size && [...is].every(([name, key]) => was.get(name) === key);
    if (!same) rotated.push(plan.name);
  }
  return rotated;
}
