import type { ToolFile } from "../../shared/contract/tool_file.ts";
import type { FlowPlan } from "../host/flow_plan.ts";
import type { FlowDescription } from "./page_state.ts";
import { originOf, type ReferenceNode } from "./reference_tree.ts";

/** Tells of a flow what its plan says: all that is known in a pod, where there are no objects. */
export function describePlan(plan: FlowPlan): FlowDescription {
  const { auth } = plan.definition.config;
  return {
    ...auth && {
      auth: {
        ...auth.apiKeys && { apiKeyHeader: auth.apiKeys.header },
        ...auth.jwt && { bearer: true },
      },
    },
    hosts: plan.hosts,
    tree: planTree(plan),
  };
}

function planTree({ name, definition, credentials, fallbackCredentials = [] }: FlowPlan) {
  const { config, prompts, tools } = definition;
  const model = (
    chosen: { provider: string; model: string } | null | undefined,
    plugin: { type: string } | null | undefined,
    keys: Record<string, string> = {},
  ): ReferenceNode[] => {
    if (!chosen) return [];
    const children = Object.keys(keys).sort().map((key) => ({ kind: "Key", name: key }));
    const provider = { kind: "PluginConfig", name: plugin?.type ?? chosen.provider, children };
    return [{ kind: "Model", name: `${chosen.provider}/${chosen.model}`, children: [provider] }];
  };
  return {
    kind: "Flow",
    name,
    children: [
      ...model(config.defaultModel, config.plugin, credentials),
      ...(config.fallbacks ?? []).flatMap((fallback, index) =>
        model(fallback.model, fallback.plugin, fallbackCredentials[index])
      ),
      ...prompts.map((prompt) => ({ kind: "Prompt", name: prompt.name })),
      ...tools.map(toolNode),
    ],
  };
}

function toolNode({ definition, implementation }: ToolFile): ReferenceNode {
  const { http, flowRef, mcp, approval } = implementation;
  const url = (http ?? mcp)?.url;
  return {
    kind: "Tool",
    name: definition.name,
    ...approval && { state: "asks for approval" },
    children: [
      ...url === undefined || url === null
        ? []
        : [{ kind: mcp ? "MCP" : "HTTP", name: originOf(url) }],
      ...flowRef ? [{ kind: "Flow", name: flowRef.name }] : [],
    ],
  };
}
