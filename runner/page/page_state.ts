import type { SourceProblem } from "../../shared/sources/source_problem.ts";
import type { SourceStatus } from "../../shared/sources/source.ts";
import type { RecentRequest } from "./recent_requests.ts";
import type { ReferenceNode } from "./reference_tree.ts";

/** A prompt of a flow that can be called. */
export interface PageRoute {
  /** With its leading slash. */
  path: string;
  prompt: string;
  /** JSON Schema, where the prompt declares its input. */
  inputSchema?: Record<string, unknown>;
  /** An input that it likely accepts. */
  sampleInput: unknown;
  output: "text" | "json";
}

/** What a caller has to send so that a flow knows it. */
export interface PageAuth {
  /** The header that takes an API key. */
  apiKeyHeader?: string;
  /** Whether it takes a bearer token. */
  bearer?: true;
}

/** What is known of a flow besides its routes. */
export interface FlowDescription {
  /** The object that brought it, e.g. `FlowSet "demo/assistants"`; absent in a pod. */
  owner?: string;
  /** Where it stands in the files, e.g. `flows/a.yaml:4:9`. */
  place?: string;
  auth?: PageAuth;
  /** The hosts that its sandbox may reach, as `host:port`. */
  hosts?: readonly string[];
  tree?: ReferenceNode;
}

/** A flow, as the page shows it. */
export interface PageFlow extends FlowDescription {
  name: string;
  state: "loading" | "serving" | "failed";
  /** Why it failed, or what a reader should know of it. */
  reason?: string;
  routes: PageRoute[];
}

/** One change of the flows. */
export interface PageReload {
  /** In ISO 8601. */
  at: string;
  added: string[];
  changed: string[];
  removed: string[];
  failed: { name: string; reason: string }[];
}

/** What is wrong in the files now. */
export interface PageFindings {
  problems: readonly SourceProblem[];
  warnings: readonly SourceProblem[];
}

/** What `GET /-/state` answers: no secret, no prompt's text, nothing that callers said. */
export interface PageState extends PageFindings {
  version: string;
  flows: PageFlow[];
  /** The newest first, as are the reloads. */
  requests: readonly RecentRequest[];
  reloads: readonly PageReload[];
  /** Where the files come from; empty where they are all on this machine. */
  sources: readonly SourceStatus[];
}
