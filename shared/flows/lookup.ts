import type { Flow } from "../api/flow.ts";
import type { Model } from "../api/model.ts";
import type { Problem } from "../api/problem.ts";
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

/** What a reference leads to. */
export type Found<T> =
  | { outcome: "found"; object: T }
  | { outcome: "missing" }
  /** It is there and does not fit its kind: it may be older than a rule. */
  | { outcome: "invalid"; problems: readonly Problem[] };

/** Gives the objects that references lead to: from files, or from the operator's cache. */
export interface Lookup {
  find<K extends keyof Referable>(kind: K, namespace: string, name: string): Found<Referable[K]>;
  /** The names of all objects of a kind in a namespace, to suggest one that was meant. */
  names(kind: keyof Referable, namespace: string): Iterable<string>;
}
