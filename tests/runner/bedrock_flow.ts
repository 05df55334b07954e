import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import {
  type BedrockAnswer,
  type BedrockRequest,
  bedrockServer,
  CREDENTIALS,
} from "./bedrock_server.ts";
import { flowDefinition } from "./flow_definition.ts";

/** The prompt of a flow, unless another is given. */
export const GREET = "---\ninput:\n  schema:\n    name: string\n---\nGreet {{name}}";
/** An input for {@linkcode GREET}. */
export const ann = { input: { name: "Ann" } };
/** A model of Anthropic's. */
export const CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0";
/** A model that takes neither forced tools nor schemas. */
export const LLAMA = "meta.llama3-70b-instruct-v1:0";

/** Loads a flow of one prompt whose models are at a Bedrock server. */
export function bedrockFlow(
  url: string,
  {
    source = GREET,
    tools = [],
    model = CLAUDE,
    config,
    credentials = CREDENTIALS,
    extraConfig = {},
  }: {
    source?: string;
    tools?: unknown[];
    model?: string;
    config?: Record<string, unknown>;
    credentials?: Record<string, string>;
    extraConfig?: Record<string, unknown>;
  } = {},
): Promise<Flow> {
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: {
        type: "bedrock",
        region: "eu-west-1",
        extraConfig: { baseURL: `${url}/`, ...extraConfig },
      },
      defaultModel: { provider: "bedrock", model, ...config && { config } },
    },
    tools,
  });
  return loadFlow({ definition, credentials });
}

/** Runs something against a Bedrock server that answers so. */
export async function withBedrock<T>(
  answer: (request: BedrockRequest) => BedrockAnswer | Promise<BedrockAnswer>,
  run: (url: string, requests: BedrockRequest[]) => Promise<T>,
): Promise<T> {
  await using server = await bedrockServer(answer);
  return await run(server.url, server.requests);
}

/** A tool at an address. */
export function look(url: string, name = "look") {
  return {
    definition: {
      name,
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
