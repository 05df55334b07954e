import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";

/** What the author of schedules should know of pods, of which there may be several: they run none. */
export function scheduleWarning({ kind, metadata, spec }: Flow | FlowSet): string | undefined {
  const [flow] = "flows" in spec
    ? spec.flows.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name)
    : "schedule" in spec && spec.schedule !== undefined
    ? [metadata.name]
    : [];
  if (flow === undefined) return undefined;
  return `${kind} "${metadata.name}": the schedule of the flow "${flow}" has no effect in a ` +
    "cluster: it is run by genkitd serve only; a CronJob that calls the flow does the same here";
}
