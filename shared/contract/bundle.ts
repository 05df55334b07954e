import type { RuntimeConfig } from "./config.ts";
import type { ToolFile } from "./tool_file.ts";

/** A Dotprompt file of a flow: `name` is the file's name without `.prompt`. */
export interface PromptFile {
  name: string;
  source: string;
}

/** One flow of a /genkit tree, read and checked, as plain data. */
export interface FlowDefinition {
  /** The flow's name: its route is `POST /<name>`. Absent in genkit-operator 0.5.0's single layout. */
  name: string | undefined;
  /** The prompt that `POST /<name>` runs. */
  entrypoint: string;
  config: RuntimeConfig;
  /** Sorted by name. Names that start with `_` are partials. */
  prompts: PromptFile[];
  /** Sorted by name. */
  tools: ToolFile[];
  /** Models are not asked, as their answers are replayed; set by the runner, never by the tree. */
  replayed?: boolean;
}

/** A flow that the tree names and that cannot be served, with the reason a person can act on. */
export interface BrokenFlow {
  name: string | undefined;
  reason: string;
}

/** The whole /genkit tree, read and checked. */
export interface Bundle {
  /** `single`: config.json at the root, credentials in the environment. `multi`: manifest.json. */
  layout: "single" | "multi";
  flows: FlowDefinition[];
  broken: BrokenFlow[];
}
