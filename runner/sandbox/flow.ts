import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, systemClock } from "../../shared/clock.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { callHooks } from "./call_hooks.ts";
import { onceApproved } from "./once_approved.ts";
import { recordingHooks } from "./recording_hooks.ts";
import { stepHooks } from "./step_hooks.ts";
import { callFailure } from "./call_failure.ts";
import { chooseModels } from "./choose_model.ts";
import { loadModels } from "./load_models.ts";
import type { Prompt } from "./prompt.ts";
import { type HookedTool, promptTools } from "./prompt_tools.ts";
import { loadPrompts } from "./prompts.ts";
import { outputOf, type PromptCall, type PromptSetup, runPrompt } from "./run_prompt.ts";
import { type RunningCall, runningCall } from "./running_call.ts";
import type { CallResult, PromptInfo } from "../host/sandbox_messages.ts";
import { flowTools, type ToolHeaders } from "../tools/flow_tools.ts";
import { mcpTools } from "../tools/mcp/mcp_tools.ts";

/** What a flow is made of. */
export interface FlowParts {
  definition: FlowDefinition;
  credentials: Readonly<Record<string, string>>;
  /** Those of each fallback of its config, in order. */
  fallbackCredentials?: readonly Readonly<Record<string, string>>[] | undefined;
  toolHeaders?: ToolHeaders | undefined;
  /** What waits between tries go by. */
  clock?: Clock;
  /** Gives a number from 0 to 1. */
  random?: () => number;
}

/** A flow that can be called. */
export interface Flow {
  prompts: PromptInfo[];
  /** What the flow's author should know. */
  warnings: string[];
  /**
   * Runs the prompt of this name. Chunks of a streamed answer go to the call's window, if any.
   *
   * @throws {FlowError} with what the caller may see.
   */
  call(prompt: string, call: PromptCall, running: RunningCall): Promise<CallResult>;
  /** Ends what stays open between calls, such as sessions with tools' servers. */
  close(): Promise<void>;
}

/** Genkit defines nothing in the async context of a call, in which a load may find itself. */
const outsideOfCalls = AsyncLocalStorage.snapshot();

/**
 * Makes a flow ready to be called: a Genkit of its own, with the flow's provider, prompts and tools.
 *
 * @throws {Error} with why it cannot be served. No text of a prompt and no credential is in it.
 */
export function loadFlow(parts: FlowParts): Promise<Flow> {
  return outsideOfCalls(() => load(parts));
}

async function load(parts: FlowParts): Promise<Flow> {
  const { definition, toolHeaders, clock = systemClock, random = Math.random } = parts;
  const { config } = definition;
  const models = await loadModels(parts, { clock, random });
  const tools = flowTools(definition.tools, toolHeaders);
  for (const ai of models.kits) {
    for (const tool of tools) ai.defineTool(tool.definition, onceApproved(tool));
  }

  const { prompts, warnings } = await loadPrompts(definition.prompts);
  const servers = mcpTools(definition.tools, toolHeaders);
  warnings.push(...(await Promise.all(servers.map((server) => server.warnings()))).flat());
  const setups = new Map<string, PromptSetup>();
  const steps = stepHooks();
  const local = localTools(definition);
  const recording = (waiting: ReadonlySet<string>) => recordingHooks(local, waiting);
  for (const prompt of prompts.values()) {
    try {
      const chosen = chooseModels(prompt, config);
      const askable = await Promise.all(
        chosen.map((model, index) => models.askable(model, index === 0)),
      );
      const [model] = chosen;
      const ai = models.kits[model.plugin]!;
      const hooks = (tools: readonly HookedTool[]) => callHooks(askable, tools, { clock, random });
      const toolsOfCall = promptTools(prompt, { own: tools, servers, hooks });
      setups.set(prompt.name, { ai, prompt, model, tools: toolsOfCall, steps, recording });
    } catch (error) {
      for (const { server } of servers) server.close();
      throw new Error(`prompts/${prompt.name}.prompt: ${(error as Error).message}`);
    }
  }
  return {
    prompts: [...prompts.values()].map(promptInfo),
    warnings,
    call: async (name, call, running) => {
      const setup = setups.get(name);
      if (setup === undefined) throw new FlowError("NOT_FOUND", `The flow has no prompt "${name}"`);
      try {
        return await runningCall.run(running, () => runPrompt(setup, call, running));
      } catch (error) {
        const { provider } = running.answering ?? setup.model;
        throw callFailure(provider, error, running.signal);
      }
    },
    close: async () => {
      await Promise.all(servers.map(({ server }) => server.close()));
    },
  };
}

/** The tools that are flows of the same server. */
function localTools({ tools }: FlowDefinition): Set<string> {
  const local = tools.filter(({ implementation: { flowRef } }) => flowRef && !flowRef.url);
  return new Set(local.map(({ definition: { name } }) => name));
}

function promptInfo(prompt: Prompt): PromptInfo {
  const { name, input } = prompt;
  return { name, ...input.schema && { inputSchema: input.schema }, output: outputOf(prompt) };
}
