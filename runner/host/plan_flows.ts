import type { Bundle, FlowDefinition } from "../../shared/contract/bundle.ts";
import { hostAndPort } from "../../shared/base_url.ts";
import { suggestion } from "../../shared/nearest.ts";
import { parsePromptSource, PromptError } from "../../shared/flows/prompt_source.ts";
import { findProvider, PROVIDERS } from "../../shared/providers.ts";
import { collectCredentials, type CredentialSource } from "../credentials.ts";
import type { ReadApiKeys } from "../guard/api_keys.ts";
import { collectToolHeaders, type ReadToolHeaders } from "../tools/tool_headers.ts";
import { templateOrigin } from "../tools/url_template.ts";
import type { BrokenPlan, FlowPlan } from "./flow_plan.ts";

/** Options of {@linkcode planFlows}. */
export interface PlanOptions {
  /** Where a flow's credentials come from; `provider` is the type of its provider. */
  credentials: (flow: FlowDefinition, provider: string) => CredentialSource;
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
  | Pick<FlowPlan, "definition" | "credentials" | "passing" | "hosts" | "toolHeaders" | "apiKeys">
  | Pick<BrokenPlan, "reason"> {
  const type = providerType(definition);
  if (type === undefined) {
    return {
      reason:
        'it names no model: set modelRef or modelSpec, or "model" in the prompt\'s frontmatter',
    };
  }
  const provider = findProvider(type);
  if (provider === undefined || !provider.supported) return { reason: unsupported(type) };
  if (replay) {
    const config = { ...definition.config, plugin: { ...definition.config.plugin, type } };
    return {
      definition: { ...definition, config, replayed: true },
      credentials: {},
      hosts: [],
      apiKeys: apiKeys?.(definition) ?? nobody,
    };
  }
  const { plugin } = definition.config;
  const settings = {
    ...plugin?.region && { region: plugin.region },
    ...plugin?.extraConfig && { extraConfig: plugin.extraConfig },
  };
  try {
    const source = credentials(definition, type);
    const keys = collectCredentials(provider, definition.config.credentialKeys ?? [], source);
    if ("missing" in keys) return { reason: keys.missing };
    const hosts = new Set([
      ...provider.hosts({ ...settings, credentials: keys.credentials }),
      ...offline ? [] : toolHosts(definition),
    ]);
    return {
      definition: { ...definition, config: { ...definition.config, plugin: { ...plugin, type } } },
      credentials: keys.credentials,
      ...source.passing && { passing: true },
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

function unsupported(type: string): string {
  const names = PROVIDERS.filter(({ supported }) => supported).map(({ type }) => type);
  return `the provider "${type}" is not one that this runner has (${names.join(", ")})` +
    suggestion(type, names);
}

/** The hosts that a flow's tools call. */
function toolHosts({ tools }: FlowDefinition): string[] {
  return tools.flatMap(({ implementation: { http, flowRef, mcp } }) => {
    const url = http?.url ?? flowRef?.url ?? mcp?.url;
    if (!url) return [];
    return [hostAndPort(templateOrigin(url))];
  });
}
