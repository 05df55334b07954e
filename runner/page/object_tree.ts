import { isSet } from "../../shared/api/local_reference.ts";
import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { ModelSpec } from "../../shared/api/model.ts";
import type { Lookup, Referable } from "../../shared/flows/lookup.ts";
import type { FlowContent } from "../../shared/flows/resolve.ts";
import { findProvider } from "../../shared/providers.ts";
import { originOf, type ReferenceNode } from "./reference_tree.ts";

/** Options of {@linkcode objectTree}. */
export interface ObjectTreeOptions {
  /** The namespace of the Flow or FlowSet. */
  namespace: string;
  objects: Lookup & {
    /** A Secret's values, of which only the keys are shown. */
    secret(namespace: string, name: string): Record<string, string> | undefined;
  };
  /** Where a key is looked for that no Secret in the files has. */
  environment: (key: string) => string | undefined;
  /** Whether providers are asked: offline, nobody needs their keys. */
  asksProviders: boolean;
}

/**
 * Follows the references of a flow as `resolve` does, and shows where one leads nowhere: Flow → Model
 * → PluginConfig → Secret → keys; Prompts; Tools with what they call. It holds names, no values.
 */
export function objectTree(
  owner: Flow | FlowSet,
  name: string,
  options: ObjectTreeOptions,
): ReferenceNode {
  const content: FlowContent | undefined = owner.kind === "Flow"
    ? owner.spec
    : owner.spec.flows.find((flow) => flow.name === name);
  if (content === undefined) return { kind: "Flow", name };
  const models = [...isSet(content.modelRef) ? [content.modelRef] : [], ...content.models ?? []];
  const prompts = (content.prompts ?? []).map(({ promptRef, prompt }): ReferenceNode =>
    isSet(promptRef)
      ? promptNode(promptRef.name, options)
      : { kind: "Prompt", name: prompt?.name ?? "", detail: "written in the flow" }
  );
  const tools = content.toolRefs?.length ? content.toolRefs : content.tools ?? [];
  const keys = content.auth?.apiKeys?.secretRef.name;
  return {
    kind: "Flow",
    name,
    children: [
      ...content.modelSpec ? [inlineModel(content.modelSpec, options)] : [],
      ...models.map((model) => modelNode(model.name, options)),
      ...(content.promptRefs ?? []).map((prompt) => promptNode(prompt.name, options)),
      ...prompts,
      ...tools.map((tool) => toolNode(tool.name, options)),
      ...keys === undefined ? [] : [secretNode(keys, "its callers' keys", options)],
    ],
  };
}

function found<K extends keyof Referable>(kind: K, name: string, options: ObjectTreeOptions) {
  const found = options.objects.find(kind, options.namespace, name);
  return found.outcome === "found" ? found.object : undefined;
}

function modelNode(name: string, options: ObjectTreeOptions): ReferenceNode {
  const model = found("Model", name, options);
  if (model === undefined) return { kind: "Model", name, state: "missing" };
  const { provider, model: called } = model.spec;
  const children = [pluginNode(model.spec.pluginConfigRef.name, options)];
  return { kind: "Model", name, detail: `${provider}/${called}`, children };
}

function inlineModel(spec: ModelSpec, options: ObjectTreeOptions): ReferenceNode {
  return {
    kind: "Model",
    name: `${spec.provider}/${spec.model}`,
    detail: "written in the flow",
    children: [pluginNode(spec.pluginConfigRef.name, options)],
  };
}

function pluginNode(name: string, options: ObjectTreeOptions): ReferenceNode {
  const plugin = found("PluginConfig", name, options);
  if (plugin === undefined) return { kind: "PluginConfig", name, state: "missing" };
  const { type, credentialsRef, credentialKeys } = plugin.spec;
  const secret = isSet(credentialsRef) ? credentialsRef.name : undefined;
  const values = secret === undefined
    ? undefined
    : options.objects.secret(options.namespace, secret);
  const known = findProvider(type);
  const wanted = credentialKeys?.length
    ? credentialKeys.map((key) => [key])
    : known?.credentialKeys ?? [];
  const has = (key: string) => place(key, values, options);
  const instead = known?.insteadKeys?.find((key) => has(key) !== undefined);
  const groups = instead === undefined ? wanted : [[instead]];
  const keys = groups.map((group): ReferenceNode => {
    const key = group.find((key) => has(key) !== undefined);
    // Without a Secret, the workload may have an identity of its own.
    const unset = secret === undefined ? "not set" : "missing";
    const absent = options.asksProviders ? unset : "not needed";
    return { kind: "Key", name: key ?? group.join(" or "), state: key ? has(key)! : absent };
  });
  const children: ReferenceNode[] = secret === undefined ? keys : [{
    kind: "Secret",
    name: secret,
    ...values === undefined && { detail: "not in the files" },
    children: keys,
  }];
  return { kind: "PluginConfig", name, detail: type, children };
}

function place(
  key: string,
  values: Record<string, string> | undefined,
  { environment }: ObjectTreeOptions,
): string | undefined {
  if (values && Object.hasOwn(values, key)) return "in the Secret";
  return environment(key) ? "from the environment" : undefined;
}

function promptNode(name: string, options: ObjectTreeOptions): ReferenceNode {
  return {
    kind: "Prompt",
    name,
    ...found("Prompt", name, options) === undefined && { state: "missing" },
  };
}

function toolNode(name: string, options: ObjectTreeOptions): ReferenceNode {
  const tool = found("Tool", name, options);
  if (tool === undefined) return { kind: "Tool", name, state: "missing" };
  const { http, flowRef, mcp, approval } = tool.spec.implementation;
  const called = http ?? mcp;
  const headers = called?.headersSecretRef?.name;
  return {
    kind: "Tool",
    name,
    ...approval && { state: "asks for approval" },
    children: [
      ...called ? [{ kind: mcp ? "MCP" : "HTTP", name: originOf(called.url) }] : [],
      ...flowRef ? [{ kind: "Flow", name: flowRef.name }] : [],
      ...headers ? [secretNode(headers, "headers", options)] : [],
    ],
  };
}

/** A Secret all of whose keys are used. */
function secretNode(
  name: string,
  detail: string,
  { objects, namespace }: ObjectTreeOptions,
): ReferenceNode {
  const values = objects.secret(namespace, name);
  if (values === undefined) return { kind: "Secret", name, detail, state: "missing" };
  const keys = Object.keys(values).sort();
  return {
    kind: "Secret",
    name,
    detail,
    children: keys.map((key) => ({ kind: "Key", name: key })),
  };
}
