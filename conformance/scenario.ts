import type { TestedProvider } from "./model/tested_provider.ts";

/** The names of the scenarios, in the order in which they are run. */
export const SCENARIO_NAMES = [
  "single",
  "multi",
  "both",
  "volumes",
  "many",
  "broken",
  "none",
  "additions",
  "stop",
] as const;

/** What a runner is given to serve. */
export type ScenarioName = typeof SCENARIO_NAMES[number];

/** What a scenario's files refer to. */
export interface Surroundings {
  /** Where the runner sees the tree, e.g. `/genkit`. */
  root: string;
  provider: TestedProvider;
  /** The mock model's address, without a slash at its end. */
  modelUrl: string;
  /** The address of the server that the tools call, without a slash at its end. */
  toolUrl: string;
}

/** A tree with what belongs to it. */
export interface TreeContent {
  /** Path relative to the root, to text. */
  files: ReadonlyMap<string, string>;
  /** The container's environment, besides PORT. */
  environment: Readonly<Record<string, string>>;
}

/** A tree that is generated, and how it is put before a runner. */
export interface Scenario {
  name: ScenarioName;
  /**
   * Folders of the tree that are volumes of their own, the root as "": laid out as a kubelet does,
   * where files are links through `..data`.
   */
  volumes?: readonly string[];
  /** No flow of it can be served, so that nobody waits until one is. */
  servesNothing?: boolean;
  content(surroundings: Surroundings): TreeContent;
}
