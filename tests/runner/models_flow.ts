import type { Clock } from "../../shared/clock.ts";
import type { RuntimeConfig } from "../../shared/contract/config.ts";
import type { ModelStep, Step } from "../../runner/host/step.ts";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import type { RunningCall } from "../../runner/sandbox/running_call.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { GREET } from "./openai/chat_flow.ts";

/** The key of the first model, which `chatApiServer` accepts. */
export { KEY as FIRST_KEY } from "./openai/chat_api_server.ts";

/** The key of the second model. */
export const SECOND_KEY = "sk-ant-the-second-key";

/** A model of OpenAI's at a local server, to begin with. */
export interface ModelsFlowOptions {
  first: string;
  /** The URL of an Anthropic to fall back to, if any. */
  second?: string;
  retry?: RuntimeConfig["retry"];
  secondRetry?: RuntimeConfig["retry"];
  config?: Record<string, unknown>;
  source?: string;
  tools?: unknown[];
  key: string;
  clock?: Clock;
  random?: () => number;
}

/** Loads a flow whose models are `openai/gpt-5-mini` and `anthropic/claude-haiku-4-5`. */
export function modelsFlow(options: ModelsFlowOptions): Promise<Flow> {
  const { first, second, retry, secondRetry, source = GREET, tools = [], key } = options;
  const { config = {}, clock, random = () => 1 } = options;
  const definition = flowDefinition({ main: source }, {
    config: {
      plugin: { type: "openai", extraConfig: { baseURL: `${first}/v1` } },
      defaultModel: { provider: "openai", model: "gpt-5-mini" },
      ...retry && { retry },
      ...second !== undefined && {
        fallbacks: [{
          model: { provider: "anthropic", model: "claude-haiku-4-5", config },
          plugin: { type: "anthropic", extraConfig: { baseURL: second } },
          ...secondRetry && { retry: secondRetry },
        }],
      },
    },
    tools,
  });
  return loadFlow({
    definition,
    credentials: { OPENAI_API_KEY: key },
    fallbackCredentials: [{ ANTHROPIC_API_KEY: SECOND_KEY }],
    random,
    ...clock && { clock },
  });
}

/** A call that keeps its steps of models. */
export function watchedCall(
  more: Partial<RunningCall> = {},
): { running: RunningCall; steps: ModelStep[] } {
  const steps: ModelStep[] = [];
  const onStep = (step: Step) => {
    if (step.kind === "model") steps.push(step);
  };
  return { running: { ...runningCall(), onStep, ...more }, steps };
}
