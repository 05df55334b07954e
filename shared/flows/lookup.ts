import type { Flow } from "../api/flow.ts";
import type { Model } from "../api/model.ts";
import type { PluginConfig } from "../api/plugin_config.ts";
import type { Prompt } from "../api/prompt.ts";
import type { Tool } from "../api/tool.ts";

/** The kinds that a flow can refer to. */
export interface Referable {
  Flow: Flow;
  Model: Model;
  PluginConfig: PluginConfig;
  Prompt: Prompt;
  Tool: Tool;
}

/** Gives the objects that references lead to: from files, or from the operator's cache. */
export interface Lookup {
  get<K extends keyof Referable>(
    kind: K,
    namespace: string,
    name: string,
  ): Referable[K] | undefined;
  /** The names of all objects of a kind in a namespace, to suggest one that was meant. */
  names(kind: keyof Referable, namespace: string): Iterable<string>;
}
