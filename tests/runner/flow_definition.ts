import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { type RuntimeConfig, runtimeConfigSchema } from "../../shared/contract/config.ts";
import { toolFileSchema } from "../../shared/contract/tool_file.ts";
import { type Flow, loadFlow } from "../../runner/sandbox/flow.ts";
import type { RunningCall } from "../../runner/sandbox/running_call.ts";
import type { CallResult } from "../../runner/host/sandbox_messages.ts";

/** Makes a flow's definition from its prompts' sources by name; echo answers it by default. */
export function flowDefinition(
  prompts: Record<string, string>,
  { config = {}, tools = [] }: { config?: Partial<RuntimeConfig>; tools?: unknown[] } = {},
): FlowDefinition {
  return {
    name: "test",
    entrypoint: Object.keys(prompts)[0]!,
    config: runtimeConfigSchema.parse({
      defaultModel: { provider: "echo", model: "echo" },
      plugin: { type: "echo" },
      ...config,
    }),
    prompts: Object.entries(prompts).map(([name, source]) => ({ name, source })),
    tools: tools.map((tool) => toolFileSchema.parse(tool)),
  };
}

/** Loads a flow that echo answers. */
export function echoFlow(
  prompts: Record<string, string>,
  options: { config?: Partial<RuntimeConfig>; tools?: unknown[] } = {},
): Promise<Flow> {
  return loadFlow({ definition: flowDefinition(prompts, options), credentials: {} });
}

/** A call of its own, not streamed. */
export function runningCall(signal = new AbortController().signal): RunningCall {
  return { signal, usage: {} };
}

/** Calls the prompt `main` of a flow. */
export function callMain(flow: Flow, input: unknown = {}): Promise<CallResult> {
  return flow.call("main", { input }, runningCall());
}

/** Gives the text that the prompt `main` answers. */
export async function textOf(flow: Flow, input: unknown = {}): Promise<string> {
  return (await callMain(flow, input)).text;
}
