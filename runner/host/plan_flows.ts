import type { Bundle, FlowDefinition } from "../../shared/contract/bundle.ts";
import { suggestion } from "../../shared/nearest.ts";
import { parsePromptSource, PromptError } from "../../shared/flows/prompt_source.ts";
import { findProvider, PROVIDERS } from "../../shared/providers.ts";
import { collectCredentials, type CredentialSource } from "../credentials.ts";
import type { ReadApiKeys } from "../guard/api_keys.ts";
import type { BrokenPlan, FlowPlan } from "./flow_plan.ts";

/** Options of {@linkcode planFlows}. */
export interface PlanOptions {
  /** Where a flow's credentials come from. */
  credentials: (flow: FlowDefinition) => CredentialSource;
  /** Where the keys of a flow's callers come from; nobody has one where it is absent. */
  apiKeys?: (flow: FlowDefinition) => ReadApiKeys;
  /** Every model is answered by echo: no key, no network. */
  offline?: boolean;
}

/** Makes a plan of each flow of a tree: its provider, credentials, hosts and routes. */
export function planFlows(
  { layout, flows, broken }: Bundle,
  options: PlanOptions,
): (FlowPlan | BrokenPlan)[] {
  const plans = flows.map((definition) => {
    const name = definition.name ?? definition.entrypoint;
    const routes = routesOf(layout, name, definition);
    const plan = planFlow(options.offline ? offline(definition) : definition, options);
    if ("reason" in plan) return { name, routes, ...plan };
    return { name, routes, ...plan, apiKeys: options.apiKeys?.(definition) ?? nobody };
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

function offline(definition: FlowDefinition): FlowDefinition {
  const { config } = definition;
  return {
    ...definition,
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
  { credentials, offline = false }: PlanOptions,
): Pick<FlowPlan, "definition" | "credentials" | "hosts"> | Pick<BrokenPlan, "reason"> {
  const type = providerType(definition);
  if (type === undefined) {
    return {
      reason:
        'it names no model: set modelRef or modelSpec, or "model" in the prompt\'s frontmatter',
    };
  }
  const provider = findProvider(type);
  if (provider === undefined || !provider.supported) return { reason: unsupported(type) };
  const { plugin } = definition.config;
  const settings = {
    ...plugin?.region && { region: plugin.region },
    ...plugin?.extraConfig && { extraConfig: plugin.extraConfig },
  };
  try {
    const keys = collectCredentials(
      provider,
      definition.config.credentialKeys ?? [],
      credentials(definition),
    );
    if ("missing" in keys) return { reason: keys.missing };
    const hosts = new Set([...provider.hosts(settings), ...offline ? [] : toolHosts(definition)]);
    return {
      definition: { ...definition, config: { ...definition.config, plugin: { ...plugin, type } } },
      credentials: keys.credentials,
      hosts: [...hosts].sort(),
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
  return tools.flatMap(({ implementation: { http, flowRef } }) => {
    const url = http?.url ?? flowRef?.url;
    if (!url) return [];
    if (!URL.canParse(url)) {
      throw new Error(`a tool's URL is "${url}", should be an http or https URL`);
    }
    const { hostname, port, protocol } = new URL(url);
    return [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`];
  });
}
