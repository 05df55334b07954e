import { type Dotprompt, picoschema } from "dotprompt";
import type { MessageData } from "genkit";
import { parsePromptSource } from "../../shared/flows/prompt_source.ts";
import type { PromptFile } from "../../shared/contract/bundle.ts";
import { promptConfig } from "./prompt_config.ts";
import { asSchema, type JsonSchema } from "../schema/json_schema.ts";
import { plainSchema } from "../schema/plain_schema.ts";
import { schemaMismatch } from "../schema/schema_mismatch.ts";
import { schemaSample } from "../schema/schema_sample.ts";

/** A prompt, read, compiled and tried out. */
export interface Prompt {
  name: string;
  /** `provider/model`, where the frontmatter names one. */
  model: string | undefined;
  /** The model's settings of the frontmatter, without those that are the operator's own. */
  config: Record<string, unknown>;
  input: { schema: JsonSchema | undefined; defaults: Record<string, unknown> };
  output: { schema: JsonSchema | undefined; format: string | undefined };
  /** The names of the tools that the frontmatter asks for; undefined where it does not say. */
  tools: string[] | undefined;
  maxTurns: number | undefined;
  toolChoice: "auto" | "required" | "none" | undefined;
  returnToolRequests: boolean | undefined;
  /** Makes the messages for a model. */
  render(input: unknown, context: Record<string, unknown>): Promise<MessageData[]>;
  warnings: string[];
}

/**
 * Compiles a prompt, whose source has been checked by `checkPrompts` and whose partials are defined
 * in `dotprompt`, and renders it once with a sample of its input.
 *
 * @throws {Error} with why it cannot be used, without the prompt's text.
 */
export async function compilePrompt(dotprompt: Dotprompt, file: PromptFile): Promise<Prompt> {
  const { frontmatter, template } = parsePromptSource(file.source);
  const input = asSchema(frontmatter.input);
  const output = asSchema(frontmatter.output);
  const { config, removed } = promptConfig(asSchema(frontmatter.config));
  const { use, tools, model, toolChoice, maxTurns, returnToolRequests } = frontmatter;
  if (Array.isArray(use) && use.length > 0) {
    throw new Error('the frontmatter\'s "use" names middleware, and there is none here');
  }
  const compiled = await dotprompt.compile({ template: template.trim(), config: {}, metadata: {} });
  const prompt: Prompt = {
    name: file.name,
    model: typeof model === "string" ? model : undefined,
    config,
    input: { schema: await schemaOf("input", input.schema), defaults: asSchema(input.default) },
    output: {
      schema: await schemaOf("output", output.schema),
      format: typeof output.format === "string" ? output.format : undefined,
    },
    tools: Array.isArray(tools) ? tools.map(String) : undefined,
    maxTurns: typeof maxTurns === "number" ? maxTurns : undefined,
    toolChoice: isToolChoice(toolChoice) ? toolChoice : undefined,
    returnToolRequests: typeof returnToolRequests === "boolean" ? returnToolRequests : undefined,
    render: async (input, context) =>
      (await compiled({ input: asSchema(input), context })).messages as MessageData[],
    warnings: removed.map((key) =>
      `the frontmatter's "config.${key}" has no effect: only the operator sets it, in a PluginConfig`
    ),
  };
  await tryOut(prompt);
  return prompt;
}

/**
 * The JSON Schema that the frontmatter's `input` or `output` declares, also where its author wrote
 * it as Picoschema.
 */
async function schemaOf(which: "input" | "output", schema: unknown) {
  if (schema === undefined || schema === null) return undefined;
  try {
    const plain = plainSchema(asSchema(await picoschema(schema, {})));
    schemaMismatch({}, plain);
    return plain;
  } catch (error) {
    throw new Error(`its ${which} schema is not valid: ${(error as Error).message}`);
  }
}

async function tryOut({ input, render }: Prompt): Promise<void> {
  const sample = schemaSample(input.schema ?? {});
  try {
    await render({ ...asSchema(sample), ...input.defaults }, {});
  } catch (error) {
    const { message } = error as Error;
    // Partials that are there were checked; one that is chosen by the input can fail to be there.
    if (message.startsWith("The partial ")) return;
    // Messages other than Handlebars' fixed ones may quote the template.
    const [known] = /^Must pass iterator to #each|^#\w+ requires exactly one argument/
      .exec(message) ?? [];
    throw new Error(`its template cannot be rendered${known ? `: ${known}` : ""}`);
  }
}

function isToolChoice(value: unknown): value is "auto" | "required" | "none" {
  return value === "auto" || value === "required" || value === "none";
}
