import type { Bundle, FlowDefinition } from "../../shared/contract/bundle.ts";
import { hostAndPort } from "../../shared/base_url.ts";
import { parsePromptSource, PromptError } from "../../shared/flows/prompt_source.ts";
import type { CredentialSource } from "../credentials.ts";
import type { ReadApiKeys } from "../guard/api_keys.ts";
import { collectToolHeaders, type ReadToolHeaders } from "../tools/tool_headers.ts";
import { templateOrigin } from "../tools/url_template.ts";
import type { BrokenPlan, FlowPlan } from "./flow_plan.ts";
import { planModel, type PlannedModel, unsupported } from "./plan_model.ts";

/** Options of {@linkcode planFlows}. */
export interface PlanOptions {
  /**
   * Where a flow's credentials come from; `provider` is the type of its provider. With `fallback`,
   * those of the fallback at that place of its config.
   */
  credentials: (flow: FlowDefinition, provider: string, fallback?: number) => CredentialSource;
  /** The headers that a Secret has for a tool; those of no tool have any where it is absent. */
  toolHeaders?: ReadToolHeaders;
  /** Where the keys of a flow's callers come from; nobody has one where it is absent. */
  apiKeys?: (flow: FlowDefinition) => ReadApiKeys;
  /** Whether this server has the flow that a tool of `flow` names, so that it needs no address. */
  hasFlow?: (flow: FlowDefinition, target: string) => boolean;
  /** Every model is answered by echo: no key, no network. */
  offline?: boolean;
  /** Models and tools are answered from a recording: no key, no network. */
  replay?: boolean;
}

/** Makes a plan of each flow of a tree: its provider, credentials, hosts and routes. */
export function planFlows(
  { layout, flows, broken }: Bundle,
  options: PlanOptions,
): (FlowPlan | BrokenPlan)[] {
  const plans = flows.map((definition) => {
    const name = definition.name ?? definition.entrypoint;
    const routes = routesOf(layout, name, definition);
    const near = withLocalFlows(definition, options.hasFlow);
    const plan = planFlow(options.offline ? offline(near) : near, options);
    if ("reason" in plan) return { name, routes, ...plan };
    return { name, routes, ...plan };
  });
  const failed = broken.map(({ name = "the flow", reason }) => ({
    name,
    routes: new Map([[name, ""]]),
    reason,
  }));
  return [...plans, ...failed];
}

const nobody: ReadApiKeys = () => new Map();

/** `POST /<flow>`; in the single layout a route for each prompt as well. */
function routesOf(layout: Bundle["layout"], name: string, flow: FlowDefinition) {
  const prompts = flow.prompts.map(({ name }) => name).filter((name) => !name.startsWith("_"));
  const own = layout === "single" ? prompts.map((prompt) => [prompt, prompt] as const) : [];
  return new Map([[name, flow.entrypoint], ...own.filter(([path]) => path !== name)]);
}

/** Takes the addresses from those tools whose flow this server has itself. */
function withLocalFlows(flow: FlowDefinition, hasFlow: PlanOptions["hasFlow"]): FlowDefinition {
  if (hasFlow === undefined) return flow;
  const tools = flow.tools.map((tool) => {
    const { flowRef } = tool.implementation;
    if (!flowRef || !hasFlow(flow, flowRef.name)) return tool;
    const implementation = { ...tool.implementation, flowRef: { ...flowRef, url: null } };
    return { ...tool, implementation };
  });
  return { ...flow, tools };
}

function offline(definition: FlowDefinition): FlowDefinition {
  const { config, tools } = definition;
  return {
    ...definition,
    // Their servers cannot be asked what they have; calls go on without it.
    tools: tools.map((tool) =>
      tool.implementation.mcp
        ? { ...tool, implementation: { ...tool.implementation, onError: "ReportToModel" } }
        : tool
    ),
    config: {
      ...config,
      plugin: { type: "echo" },
      retry: null,
      fallbacks: null,
      defaultModel: {
        ...config.defaultModel,
        provider: "echo",
        model: config.defaultModel?.model ?? "echo",
      },
    },
  };
}

function planFlow(
  definition: FlowDefinition,
  { credentials, toolHeaders, apiKeys, offline = false, replay = false }: PlanOptions,
):
  | Omit<FlowPlan, "name" | "routes">
  | Pick<BrokenPlan, "reason"> {
  const type = providerType(definition);
  if (type === undefined) {
    return {
      reason:
        'it names no model: set modelRef or modelSpec, or "model" in the prompt\'s frontmatter',
    };
  }
  const { config } = definition;
  if (replay) {
    const reason = unsupported(type);
    if (reason !== undefined) return { reason };
    return {
      definition: {
        ...definition,
        config: { ...config, plugin: { ...config.plugin, type } },
        replayed: true,
      },
      credentials: {},
      hosts: [],
      apiKeys: apiKeys?.(definition) ?? nobody,
    };
  }
  let passing = false as boolean;
  const main = planModel({ ...config, plugin: { ...config.plugin, type } }, (type) => {
    const source = credentials(definition, type);
    passing = source.passing ?? false;
    return source;
  });
  if ("reason" in main) return main;
  const fallbacks: PlannedModel[] = [];
  for (const [index, fallback] of (config.fallbacks ?? []).entries()) {
    const plan = planModel(fallback, (type) => credentials(definition, type, index));
    if ("reason" in plan) {
      const { provider, model } = fallback.model;
      return { reason: `its fallback "${provider}/${model}": ${plan.reason}` };
    }
    fallbacks.push(plan);
  }
  try {
    const hosts = new Set([
      ...[main, ...fallbacks].flatMap(({ hosts }) => hosts),
      ...offline ? [] : toolHosts(definition),
    ]);
    return {
      definition: { ...definition, config: { ...config, plugin: { ...config.plugin, type } } },
      credentials: main.credentials,
      ...passing && { passing },
      ...fallbacks.length > 0 && {
        fallbackCredentials: fallbacks.map(({ credentials }) => credentials),
      },
      hosts: [...hosts].sort(),
      toolHeaders: offline || !toolHeaders ? {} : collectToolHeaders(definition, toolHeaders),
      apiKeys: apiKeys?.(definition) ?? nobody,
    };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** The provider of a flow: its plugin's, else the one that the entrypoint's own model names. */
function providerType({ config, prompts, entrypoint }: FlowDefinition): string | undefined {
  const configured = config.plugin?.type ?? config.defaultModel?.provider;
  if (configured) return configured.toLowerCase();
  try {
    const prompt = prompts.find(({ name }) => name === entrypoint)!;
    const { model } = parsePromptSource(prompt.source).frontmatter;
    return typeof model === "string" ? model.split("/")[0]?.toLowerCase() : undefined;
  } catch (error) {
    // The sandbox refuses the prompt with the reason.
    if (error instanceof PromptError) return "echo";
    throw error;
  }
}

/** The hosts that a flow's tools call. */
function toolHosts({ tools }: FlowDefinition): string[] {
  return tools.flatMap(({ implementation: { http, flowRef, mcp } }) => {
    const url = http?.url ?? flowRef?.url ?? mcp?.url;
    if (!url) return [];
    return [hostAndPort(templateOrigin(url))];
  });
}
