import type {
  ConverseCommandInput,
  InferenceConfiguration,
  Tool,
  ToolConfiguration,
} from "@aws-sdk/client-bedrock-runtime";
import type { GenerateRequest } from "genkit";
import { asSchema } from "../../schema/json_schema.ts";
import { converseMessages } from "./converse_messages.ts";
import { type JsonMethod, modelFamily } from "./model_family.ts";
import { type ToolNames, toolNames } from "../tool_names.ts";

/** A request for Converse, and what is needed to read its answer. */
export interface ConverseRequest {
  input: ConverseCommandInput;
  toolNames: ToolNames;
  /** The tool whose input is the answer; undefined where the answer is a text. */
  answerTool: string | undefined;
}

/** Settings that Converse has fields of its own for; they go there as they are. */
const FIELDS = [
  "guardrailConfig",
  "performanceConfig",
  "requestMetadata",
  "serviceTier",
  "additionalModelResponseFieldPaths",
] as const;

/** Genkit's settings that are said in fields of their own, or that mean nothing here. */
const TAKEN = new Set<string>([
  ...FIELDS,
  "temperature",
  "topP",
  "topK",
  "maxOutputTokens",
  "stopSequences",
  "version",
  "jsonOutput",
  "additionalModelRequestFields",
]);

/**
 * Makes a request for Converse of Genkit's. Settings that are neither Genkit's nor Converse's go to
 * the model as they are (`additionalModelRequestFields`), e.g. `thinking`.
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html)
 *
 * @throws {FlowError} INVALID_ARGUMENT where a media part cannot be sent.
 */
export function converseRequest(modelId: string, request: GenerateRequest): ConverseRequest {
  const config = asSchema(request.config);
  const method = jsonMethod(modelId, request);
  const tools = request.tools ?? [];
  const answerTool = method === "tool" ? freeName(tools.map(({ name }) => name)) : undefined;
  const names = toolNames([...tools.map(({ name }) => name), ...answerTool ? [answerTool] : []]);
  const { system, messages } = converseMessages(request.messages, names);
  const toolConfig = toolConfigOf(modelId, request, names, answerTool);
  const inferenceConfig = inferenceConfigOf(config);
  const more = modelFields(modelId, config);
  const schema = request.output?.schema;
  return {
    toolNames: names,
    answerTool,
    input: {
      modelId,
      messages,
      ...system.length > 0 && { system },
      ...inferenceConfig && { inferenceConfig },
      ...toolConfig && { toolConfig },
      ...method === "schema" && schema && {
        outputConfig: {
          textFormat: {
            type: "json_schema",
            structure: { jsonSchema: { name: "answer", schema: JSON.stringify(schema) } },
          },
        },
      },
      ...Object.keys(more).length > 0 && { additionalModelRequestFields: more as never },
      ...Object.fromEntries(
        FIELDS.filter((key) => config[key] !== undefined).map((key) => [key, config[key]]),
      ),
    },
  };
}

/**
 * How the answer becomes JSON; undefined where none is asked for, or where Genkit has put
 * instructions into the prompt. A model that thinks cannot be made to call a tool.
 */
export function jsonMethod(
  modelId: string,
  { output, config, tools = [] }: Pick<GenerateRequest, "output" | "config" | "tools">,
): JsonMethod | undefined {
  if (output?.schema === undefined || output.constrained === false) return undefined;
  const { jsonOutput, thinking, reasoning_config, additionalModelRequestFields } = asSchema(config);
  if (jsonOutput === "schema" || jsonOutput === "prompt") return jsonOutput;
  const more = asSchema(additionalModelRequestFields);
  const thinks = [
    thinking,
    reasoning_config,
    more.thinking,
    more.reasoning_config,
    more.reasoningConfig,
  ]
    .some((setting) => setting !== undefined && asSchema(setting).type !== "disabled");
  if (thinks || tools.length > 0 || output.schema.type !== "object") return "prompt";
  return jsonOutput === "tool" ? "tool" : modelFamily(modelId).json;
}

function inferenceConfigOf(config: Record<string, unknown>): InferenceConfiguration | undefined {
  const { temperature, topP, maxOutputTokens, stopSequences } = config;
  const found = {
    ...typeof temperature === "number" && { temperature },
    ...typeof topP === "number" && { topP },
    ...typeof maxOutputTokens === "number" && { maxTokens: maxOutputTokens },
    ...Array.isArray(stopSequences) && stopSequences.length > 0 && { stopSequences },
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

function modelFields(modelId: string, config: Record<string, unknown>): Record<string, unknown> {
  const rest = Object.entries(config).filter(([key, value]) =>
    !TAKEN.has(key) && value !== undefined
  );
  const fields = { ...Object.fromEntries(rest), ...asSchema(config.additionalModelRequestFields) };
  if (typeof config.topK !== "number") return fields;
  const [first, second] = modelFamily(modelId).topK;
  const value = second === undefined ? config.topK : {
    ...asSchema(fields[first!]),
    [second]: config.topK,
  };
  return { ...fields, [first!]: value };
}

function toolConfigOf(
  modelId: string,
  { tools = [], toolChoice, messages, output }: GenerateRequest,
  names: ToolNames,
  answerTool: string | undefined,
): ToolConfiguration | undefined {
  if (answerTool !== undefined) {
    const tool = toolOf(answerTool, "Gives the answer", output!.schema);
    return { tools: [tool], toolChoice: { tool: { name: answerTool } } };
  }
  if (tools.length === 0) return undefined;
  // Converse has no "none"; yet where the conversation has calls, it asks for the tools.
  const called = messages.some(({ content }) =>
    content.some((part) => part.toolRequest || part.toolResponse)
  );
  if (toolChoice === "none" && !called) return undefined;
  const any = toolChoice === "required" && modelFamily(modelId).requiresTools;
  return {
    tools: tools.map(({ name, description, inputSchema }) =>
      toolOf(names.toWire(name), description, inputSchema)
    ),
    ...any && { toolChoice: { any: {} } },
  };
}

function toolOf(name: string, description: string, schema: unknown): Tool {
  const json = { type: "object", ...asSchema(schema) };
  return {
    toolSpec: { name, description: description || name, inputSchema: { json: json as never } },
  };
}

function freeName(taken: readonly string[]): string {
  let name = "answer";
  while (taken.includes(name)) name += "_";
  return name;
}
