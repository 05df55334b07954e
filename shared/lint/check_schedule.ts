import type { FlowContent, FlowPlace } from "../flows/resolve.ts";
import type { ServedTool } from "../flows/flow_server.ts";
import type { ObjectFinding } from "./lint_finding.ts";

/** Finds tools of a scheduled flow that would wait for somebody who is not there. */
export function checkSchedule(
  { owner: { kind, metadata: { name } }, namespace, path, name: flow }: FlowPlace,
  { schedule }: FlowContent,
  tools: readonly ServedTool[],
): ObjectFinding[] {
  if (schedule === undefined) return [];
  return tools.filter(({ approval }) => approval).map((tool) => ({
    rule: "unattended-approval",
    object: { kind, namespace, name },
    path: [...path, "schedule"],
    message: `the flow "${flow}" is run by a schedule, and its Tool "${tool.name}" needs ` +
      "approval, which nobody is there to give: a run that calls it fails",
  }));
}
