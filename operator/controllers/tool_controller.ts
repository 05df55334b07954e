import type { Tool } from "../../shared/api/tool.ts";
import type { ServedTool } from "../../shared/flows/flow_server.ts";
import { resolveTools } from "../../shared/flows/resolve_tools.ts";
import type { Controller, Failure, TrackingReader } from "../engine/controller.ts";
import { accepted } from "./accepted.ts";
import { referableFailures } from "./referable_failures.ts";

/** The controller of Tools: what they call, and that it is there. */
export const toolController: Controller<Tool> = {
  kind: "Tool",
  owns: [],
  async reconcile(tool, read) {
    const { name, namespace = "" } = tool.metadata;
    const place = { owner: tool, namespace, path: ["spec"], name };
    const { tools: [served], problems } = resolveTools(place, { tools: [{ name }] }, read);
    const failures = [
      ...referableFailures(tool, problems),
      ...await headersFailures(tool, served, read),
    ];
    const target = served === undefined ? undefined : targetOf(served);
    return accepted(`Calls ${target}`, failures, { resolvedTarget: target ?? null });
  },
};

/** As genkit-operator has it, with the address of a Flow behind it. */
function targetOf({ http, flowRef, mcp }: ServedTool): string {
  if (mcp) return `MCP ${mcp.url}`;
  return http ? `HTTP ${http.url}` : `Flow/${flowRef!.name} ${flowRef!.url}`;
}

async function headersFailures(
  { metadata: { name, namespace = "" } }: Tool,
  served: ServedTool | undefined,
  read: TrackingReader,
): Promise<Failure[]> {
  const kind = served?.mcp ? "mcp" : "http";
  const secret = served?.[kind]?.headersSecret;
  if (secret === undefined || await read.secret(namespace, secret) !== undefined) return [];
  return [{
    failure: "blocked",
    reason: "MissingDependency",
    message:
      `Tool "${name}": spec.implementation.${kind}.headersSecretRef.name: Secret "${secret}" ` +
      `is not found in namespace "${namespace}"`,
  }];
}
