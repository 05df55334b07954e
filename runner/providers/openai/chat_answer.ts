import type { GenerateResponseData, Part } from "genkit";
import { FlowError } from "../../../shared/flow_error.ts";
import { asSchema as asObject } from "../../schema/json_schema.ts";

/** A call of a tool, with its arguments as the model wrote them. */
export interface AskedTool {
  id: string | undefined;
  name: string;
  arguments: string;
}

/** What a model said, whole or put together from a stream. */
export interface ChatAnswer {
  text: string;
  reasoning: string;
  /** Why the model will not answer. */
  refusal: string;
  tools: AskedTool[];
  /** The API's `finish_reason`. */
  finishReason: string | undefined;
  /** The API's `usage`. */
  usage: unknown;
}

/** The API's `finish_reason` in Genkit's words. */
const FINISH_REASONS: Record<string, GenerateResponseData["finishReason"]> = {
  stop: "stop",
  tool_calls: "stop",
  function_call: "stop",
  length: "length",
  content_filter: "blocked",
};

/**
 * Turns a model's answer into Genkit's.
 *
 * @param earlierTools How many calls of tools went before, for servers that give a call no id.
 * @throws {FlowError} where a tool's arguments are no JSON.
 */
export function generateResponse(
  provider: string,
  answer: ChatAnswer,
  earlierTools: number,
): GenerateResponseData {
  const { text, reasoning, refusal, finishReason } = answer;
  const tools = answer.tools.map((tool, i) => ({
    toolRequest: {
      name: tool.name,
      ref: tool.id || `call_${earlierTools + i}`,
      input: toolInput(provider, tool, finishReason),
    },
  }));
  const content: Part[] = [
    ...reasoning === "" ? [] : [{ reasoning }],
    ...text === "" && tools.length > 0 ? [] : [{ text }],
    ...tools,
  ];
  return {
    message: { role: "model", content },
    finishReason: refusal !== ""
      ? "blocked"
      : finishReason === undefined
      ? "unknown"
      : FINISH_REASONS[finishReason] ?? "other",
    usage: usageOf(answer.usage),
  };
}

function toolInput(
  provider: string,
  { arguments: text }: AskedTool,
  finishReason: string | undefined,
): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    const why = finishReason === "length"
      ? "came to its limit of tokens while it asked for a tool"
      : "asked for a tool with arguments that are not JSON";
    const message = `The model of provider "${provider}" ${why}`;
    throw new FlowError("INTERNAL", message, { http: 502 });
  }
}

/** The API's counts in Genkit's names. Output tokens include those of reasoning. */
export function usageOf(usage: unknown): NonNullable<GenerateResponseData["usage"]> {
  const counts = asObject(usage);
  const { cached_tokens } = asObject(counts.prompt_tokens_details);
  const { reasoning_tokens } = asObject(counts.completion_tokens_details);
  const named = {
    inputTokens: counts.prompt_tokens,
    outputTokens: counts.completion_tokens,
    totalTokens: counts.total_tokens,
    cachedContentTokens: cached_tokens,
    thoughtsTokens: reasoning_tokens,
  };
  return Object.fromEntries(
    Object.entries(named).filter(([, count]) => typeof count === "number"),
  );
}
