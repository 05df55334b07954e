import type { FlowAuth } from "../api/flow_auth.ts";
import type { FlowCache } from "../api/flow_cache.ts";
import type { FlowCors } from "../api/flow_cors.ts";
import type { ModelRetry } from "../api/model_retry.ts";
import type { FlowLimits } from "../api/flow_limits.ts";
import type { PromptFile } from "../contract/bundle.ts";

/** A JSON object whose keys we do not know. */
export type JsonObject = Record<string, unknown>;

/** The model of a flow. */
export interface ServedModel {
  provider: string;
  model: string;
  info?: JsonObject;
  config?: JsonObject;
  retry?: ModelRetry;
}

/** A model that is asked where those before it fail, with its own provider. */
export interface ServedFallback {
  model: ServedModel;
  plugin: ServedPlugin;
}

/** The provider's settings of a flow. */
export interface ServedPlugin {
  type: string;
  region?: string;
  extraConfig?: JsonObject;
  /** The Secret's keys to use; empty means all of them. */
  credentialKeys: string[];
  /** The Secret (in the server's namespace) that holds the credentials. */
  secret?: string;
}

/** A tool of a flow. */
export interface ServedTool {
  /** The Tool object's name: the file's name. */
  name: string;
  definition: JsonObject;
  http?: {
    url: string;
    method: string;
    headers?: Record<string, string>;
    timeoutSeconds?: number;
    retries?: number;
    maxResponseBytes?: number;
    /** The Secret (in the server's namespace) whose keys are sent as headers. */
    headersSecret?: string;
  };
  flowRef?: {
    name: string;
    /** The target's address inside the cluster; absent where the same server has the flow. */
    url?: string;
  };
  /** A server of the Model Context Protocol. */
  mcp?: {
    url: string;
    /** The server's names of the functions that are used; all of them where there is none. */
    tools?: string[];
    headers?: Record<string, string>;
    timeoutSeconds?: number;
    maxResponseBytes?: number;
    /** The Secret (in the server's namespace) whose keys are sent as headers. */
    headersSecret?: string;
  };
  /** What becomes of a failure; it is the call's where this is absent. */
  onError?: "ReportToModel" | "FailCall";
  /** Whether the flow's caller must approve each call of it. */
  approval?: "Required";
}

/** Who may call a flow. */
export interface ServedAuth {
  apiKeys?: {
    /** The Secret (in the server's namespace) whose values are the keys. */
    secret: string;
    header: string;
  };
  jwt?: NonNullable<FlowAuth["jwt"]>;
}

/** When a flow is run without a call, and with what. */
export type ServedSchedule = { cron: string; timeZone?: string; input?: JsonObject };

/** One flow that a server serves at `POST /<name>`. */
export interface ServedFlow {
  name: string;
  /** The prompt that the route runs. */
  entrypoint: string;
  model?: ServedModel;
  plugin?: ServedPlugin;
  /** In the order of preference, after `model`. */
  fallbacks?: ServedFallback[];
  prompts: PromptFile[];
  tools: ServedTool[];
  auth?: ServedAuth;
  limits?: FlowLimits;
  cors?: FlowCors;
  cache?: FlowCache;
  schedule?: ServedSchedule;
}

/**
 * Everything that one server process serves, as plain data. A Flow and a FlowSet both become one;
 * nothing after `resolve` knows which it was.
 */
export interface FlowServer {
  namespace: string;
  /** The Flow's or FlowSet's name. */
  name: string;
  /**
   * The tree's layout: `single` has the one flow at the root and its credentials in the environment,
   * `multi` a folder a flow and the credentials as files.
   */
  layout: "single" | "multi";
  flows: ServedFlow[];
}
