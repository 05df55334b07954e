import type { SourceProblem } from "../shared/sources/source_problem.ts";

/** One route of `genkitd serve`, as it is shown to the user. */
export interface ServedRoute {
  /** With its leading slash, e.g. `/greeter`. */
  path: string;
  /** The flow that it calls; a flow has a route of its own name, and may have more. */
  flow: string;
  /** The object that brought it, e.g. `FlowSet "default/assistants"`. */
  owner: string;
  /** Provider and model, e.g. `anthropic/claude-opus-4-7`. */
  model: string;
  /** An input that the flow accepts, for an example of a call. */
  sampleInput: unknown;
  /** Why the flow cannot be served now; absent while it can. */
  failed?: string;
}

/** The flows that a change of the files touched, by name. */
export interface Reload {
  added: string[];
  changed: string[];
  removed: string[];
}

/** What `serve` tells its user as it goes. */
export interface ServeReport {
  /** All flows have settled for the first time; `url` has no trailing slash. */
  serving(url: string, routes: readonly ServedRoute[]): void;
  /** The files have changed, and the flows with them. */
  reloaded(reload: Reload, routes: readonly ServedRoute[]): void;
  /** Something is wrong in the files; what was served before still is. */
  problems(problems: readonly SourceProblem[], texts: ReadonlyMap<string, string>): void;
  /** What does not stand in the way, and the author of the files should know. */
  warnings(warnings: readonly SourceProblem[], texts: ReadonlyMap<string, string>): void;
  /** Something that the user should know, in one line. */
  note(message: string): void;
}
