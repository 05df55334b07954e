import { type ConfigMap, configMapKind } from "./config_map.ts";
import { type Dataset, datasetKind } from "./dataset.ts";
import { type Eval, evalKind } from "./eval.ts";
import { type Flow, flowKind } from "./flow.ts";
import { type FlowSet, flowSetKind } from "./flow_set.ts";
import { type FlowSource, flowSourceKind } from "./flow_source.ts";
import type { CustomKind, Kind } from "./kind.ts";
import { type Model, modelKind } from "./model.ts";
import { type PluginConfig, pluginConfigKind } from "./plugin_config.ts";
import { type Prompt, promptKind } from "./prompt.ts";
import { type Secret, secretKind } from "./secret.ts";
import { type Tool, toolKind } from "./tool.ts";

/** Genkitd's own kinds, by name. */
export const customKinds = {
  PluginConfig: pluginConfigKind,
  Model: modelKind,
  Prompt: promptKind,
  Tool: toolKind,
  Flow: flowKind,
  FlowSet: flowSetKind,
  Dataset: datasetKind,
  Eval: evalKind,
  FlowSource: flowSourceKind,
} satisfies Record<string, CustomKind>;

/** The kinds of the core group that genkitd reads, by name. */
export const coreKinds = {
  Secret: secretKind,
  ConfigMap: configMapKind,
} satisfies Record<string, Kind>;

/** An object of one of genkitd's own kinds; `kind` tells which. */
export type CustomObject =
  | PluginConfig
  | Model
  | Prompt
  | Tool
  | Flow
  | FlowSet
  | Dataset
  | Eval
  | FlowSource;

/** An object of a kind that genkitd reads; `kind` tells which. */
export type KnownObject = CustomObject | Secret | ConfigMap;
