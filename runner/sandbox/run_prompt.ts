import type { GenerateMiddleware, GenerateResponseChunk, Genkit, MessageData } from "genkit";
import { ValidationError } from "genkit/schema";
import { FlowError } from "../../shared/flow_error.ts";
import type { ChosenModel } from "./choose_model.ts";
import { continueConversation, interruption } from "./conversation.ts";
import { orderedTools } from "./ordered_tools.ts";
import type { Prompt } from "./prompt.ts";
import { promptInput } from "./prompt_input.ts";
import type { ToolsOfCall } from "./prompt_tools.ts";
import type { RunningCall } from "./running_call.ts";
import type { CallResult, PromptInfo } from "../host/sandbox_messages.ts";
import type { Conversation } from "../host/tool_approval.ts";

/** What a prompt is run with. */
export interface PromptSetup {
  ai: Genkit;
  prompt: Prompt;
  /** The model that is asked first; the hooks have the others. */
  model: Pick<ChosenModel, "name" | "provider" | "config">;
  /** The tools that the model may call, and the hooks that go with them. */
  tools: ToolsOfCall;
  /** What tells of tools, around those hooks. */
  steps: GenerateMiddleware;
  /** What records them, or answers from a recording, between the two. */
  recording: (waiting: ReadonlySet<string>) => GenerateMiddleware;
}

/** What a caller sent. */
export interface PromptCall {
  input: unknown;
  /** What the prompt sees as `@auth`. */
  auth?: Record<string, unknown> | undefined;
  /** An interrupted call that goes on; the prompt is not rendered again. */
  conversation?: Conversation | undefined;
}

/**
 * Runs a prompt once. The model's config is given with the call: Genkit drops one that stands on a
 * default model.
 */
export async function runPrompt(
  { ai, prompt, model, tools: toolsOfCall, steps, recording }: PromptSetup,
  { input, auth, conversation }: PromptCall,
  running: RunningCall,
): Promise<CallResult> {
  const { signal, window, usage } = running;
  const context = { ...auth && { auth } };
  const { tools, hooks, waiting } = await toolsOfCall(signal);
  const around = [orderedTools(), steps, recording(waiting), hooks];
  const messages = conversation
    ? await continueConversation(conversation, { ai, tools, around, context })
    : await renderedMessages(prompt, input, context);
  const { schema, format } = prompt.output;
  const response = await ai.generate({
    model: model.name,
    config: model.config,
    messages,
    tools,
    ...(schema || format) && {
      output: { ...schema && { jsonSchema: schema }, ...format && { format } },
    },
    ...prompt.maxTurns !== undefined && { maxTurns: prompt.maxTurns },
    ...prompt.toolChoice && { toolChoice: prompt.toolChoice },
    ...prompt.returnToolRequests && { returnToolRequests: true },
    ...window && {
      onChunk: ({ role, index, content }: GenerateResponseChunk) =>
        window.push({ role, index, content }),
    },
    context,
    use: around.map((middleware) => middleware()),
    abortSignal: signal,
  }).catch((error: unknown) => {
    // That it does not fit its schema follows from that.
    const isCut = error instanceof ValidationError && running.finishReason === "length";
    throw isCut ? outOfTokens((running.answering ?? model).provider) : error;
  });
  if (response.finishReason === "interrupted") return { ...interruption(response), usage };
  const { provider } = running.answering ?? model;
  if (outputOf(prompt) === "text") {
    // One of the values, without the quotes that some models put around it.
    const { text } = format === "enum" ? { text: String(response.output) } : response;
    return { text, usage };
  }
  if (response.finishReason === "length") {
    // Genkit completes JSON that breaks off, and what is missing would go unnoticed.
    throw outOfTokens(provider);
  }
  const output: unknown = response.output;
  if (output === null || output === undefined) {
    const message = `The model of provider "${provider}" gave an answer that is not JSON`;
    throw new FlowError("INTERNAL", message, { http: 502 });
  }
  return { text: response.text || JSON.stringify(output), output, usage };
}

function outOfTokens(provider: string): FlowError {
  const message =
    `The model of provider "${provider}" ran out of tokens before its JSON was complete`;
  return new FlowError("INTERNAL", message, { http: 502 });
}

async function renderedMessages(
  prompt: Prompt,
  input: unknown,
  context: Record<string, unknown>,
): Promise<MessageData[]> {
  const messages = await prompt.render(promptInput(input, prompt.input), context);
  if (messages.length > 0) return messages;
  const message = `The prompt "${prompt.name}" has no text for this input, should have some`;
  throw new FlowError("INVALID_ARGUMENT", message);
}

/** What a prompt's answer is: `json` where it declares a schema, or a format of JSON. */
export function outputOf({ output, returnToolRequests }: Prompt): PromptInfo["output"] {
  if (returnToolRequests) return "text";
  const { schema, format } = output;
  const isJson = format === undefined ? schema !== undefined : /^(json|jsonl|array)$/.test(format);
  return isJson ? "json" : "text";
}
