import { type Flow, loadFlow } from "../../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../../runner/sandbox/stream_window.ts";
import type { CallResult } from "../../../runner/host/sandbox_messages.ts";
import { flowDefinition, runningCall } from "../flow_definition.ts";
import { type ApiRequest, chatApiServer, KEY, type Said } from "./chat_api_server.ts";

/** A prompt with one input. */
export const GREET = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";

/** The input of {@linkcode GREET}. */
export const ANN = { input: { name: "Ann" } };

/** A provider that speaks OpenAI's API, and how it is set up for a local server. */
export interface ChatProvider {
  type: string;
  model: string;
  /** `extraConfig` for a server at this URL. */
  extraConfig: (url: string) => Record<string, unknown>;
  credentials: (key: string) => Record<string, string>;
  /** The path that it asks. */
  path: string;
  maxTokens: string;
}

/** All of them. */
export const CHAT_PROVIDERS: readonly ChatProvider[] = [
  {
    type: "openai",
    model: "gpt-5-mini",
    extraConfig: (url) => ({ baseURL: `${url}/v1/` }),
    credentials: (key) => ({ OPENAI_API_KEY: key }),
    path: "/v1/chat/completions",
    maxTokens: "max_completion_tokens",
  },
  {
    type: "openaicompatible",
    model: "meta-llama/Llama-3.1-8B",
    extraConfig: (url) => ({ baseURL: `${url}/openai/v1` }),
    credentials: (key) => ({ OPENAI_API_KEY: key }),
    path: "/openai/v1/chat/completions",
    maxTokens: "max_tokens",
  },
  {
    type: "azureaifoundry",
    model: "gpt-4o",
    extraConfig: (url) => ({ endpoint: url, apiVersion: "2024-10-21" }),
    credentials: (key) => ({ AZURE_OPENAI_API_KEY: key }),
    path: "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    maxTokens: "max_completion_tokens",
  },
  {
    type: "ollama",
    model: "llama3.2:3b",
    extraConfig: (url) => ({ serverAddress: url }),
    credentials: (key) => ({ OLLAMA_API_KEY: key }),
    path: "/v1/chat/completions",
    maxTokens: "max_tokens",
  },
];

/** OpenAI's own. */
export const OPENAI = CHAT_PROVIDERS[0]!;

/** What else a flow is made of. */
export interface ChatFlowOptions {
  provider?: ChatProvider;
  source?: string;
  tools?: unknown[];
  key?: string;
  extraConfig?: Record<string, unknown>;
  /** The Model's. */
  config?: Record<string, unknown>;
  info?: Record<string, unknown>;
}

/** Loads a flow of one prompt, `main`, whose model is at a local server. */
export function chatFlow(
  url: string,
  { provider = OPENAI, source = GREET, tools = [], key = KEY, extraConfig = {}, config, info }:
    ChatFlowOptions = {},
): Promise<Flow> {
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: {
        type: provider.type,
        extraConfig: { ...provider.extraConfig(url), ...extraConfig },
      },
      defaultModel: {
        provider: provider.type,
        model: provider.model,
        ...config && { config },
        ...info && { info },
      },
    },
    tools,
  });
  return loadFlow({ definition, credentials: provider.credentials(key) });
}

/** Calls `main` of a flow whose model a server plays. */
export async function ask(
  answer: (request: ApiRequest) => Said | Response | Promise<Said | Response>,
  { stream = false, input = ANN.input, ...options }: ChatFlowOptions & {
    stream?: boolean;
    input?: unknown;
  } = {},
): Promise<{ result: CallResult; requests: ApiRequest[]; chunks: unknown[] }> {
  await using server = await chatApiServer(answer);
  const flow = await chatFlow(server.url, options);
  const chunks: unknown[] = [];
  const window = stream && { window: new StreamWindow((chunk) => chunks.push(chunk)) };
  const result = await flow.call("main", { input }, { ...runningCall(), ...window });
  return { result, requests: server.requests, chunks };
}

/** A tool of which `url` does the work. */
export function lookTool(url: string) {
  return {
    definition: {
      name: "look",
      description: "Looks at the sky",
      inputSchema: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      },
    },
    implementation: { http: { url, method: "POST" } },
  };
}
