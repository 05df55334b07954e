import { ANTHROPIC_FLOWS_OWN } from "../../../shared/reserved_settings.ts";
import type { GenerateRequest } from "genkit";
import { asSchema, type JsonSchema } from "../../schema/json_schema.ts";
import type { ToolNames } from "../tool_names.ts";
import { toConversation } from "./message_content.ts";

/** The tokens of an answer where nobody says: the API wants to be told. Genkit's plugin has it. */
const MAX_TOKENS = 4096;

/** Names of Genkit's config, as the Messages API calls them. */
const RENAMED: Record<string, string> = {
  maxOutputTokens: "max_tokens",
  stopSequences: "stop_sequences",
  topK: "top_k",
  topP: "top_p",
};

/**
 * Makes the body of a request to the Messages API
 * (https://platform.claude.com/docs/en/api/messages/create). Config that it does not know goes on
 * as it is, so that new settings need no new release.
 *
 * @param schema The strict schema that the answer must keep to, if any.
 */
export function messageRequest(
  request: GenerateRequest,
  { model, names, schema, stream }: {
    model: string;
    names: ToolNames;
    schema?: JsonSchema | undefined;
    stream: boolean;
  },
): Record<string, unknown> {
  const { system, messages } = toConversation(request.messages, names.toWire);
  const { version, thinking, tool_choice, output_config, ...config } = asSchema(request.config);
  const settings = Object.entries(config)
    .filter(([key, value]) =>
      !ANTHROPIC_FLOWS_OWN.has(key) && value !== undefined && value !== null
    )
    .map(([key, value]) => [RENAMED[key] ?? key, value] as const);
  if (request.output?.format === "json" && schema === undefined && !request.output.schema) {
    system.push({ type: "text", text: "Answer with JSON only, without a code fence around it." });
  }
  const tools = request.tools ?? [];
  const choice = tool_choice ?? (tools.length > 0 ? toolChoice(request.toolChoice) : undefined);
  return {
    max_tokens: MAX_TOKENS,
    ...Object.fromEntries(settings),
    model: typeof version === "string" ? version : model,
    messages,
    ...system.length > 0 && { system },
    ...tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        name: names.toWire(name),
        description,
        input_schema: { type: "object", ...asSchema(inputSchema) },
      })),
    },
    ...choice !== undefined && { tool_choice: choice },
    ...thinking !== undefined && { thinking: thinkingConfig(asSchema(thinking)) },
    ...(output_config !== undefined || schema !== undefined) && {
      output_config: {
        ...asSchema(output_config),
        ...schema && { format: { type: "json_schema", schema } },
      },
    },
    ...stream && { stream: true },
  };
}

function toolChoice(choice: GenerateRequest["toolChoice"]): { type: string } | undefined {
  if (choice === undefined) return undefined;
  return { type: choice === "required" ? "any" : choice };
}

/** Thinking as Genkit's plugin takes it (`enabled`, `budgetTokens`, `adaptive`), or as the API does. */
function thinkingConfig(thinking: JsonSchema): JsonSchema {
  const { enabled, budgetTokens, adaptive, ...rest } = thinking;
  if (rest.type !== undefined) return thinking;
  if (adaptive === true) return { type: "adaptive", ...rest };
  if (enabled === false) return { type: "disabled" };
  return { type: "enabled", budget_tokens: budgetTokens, ...rest };
}
