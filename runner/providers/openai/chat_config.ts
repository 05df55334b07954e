import { FlowError } from "../../../shared/flow_error.ts";
import { OPENAI_FLOWS_OWN } from "../../../shared/reserved_settings.ts";
import { snakeCase } from "../../../shared/snake_case.ts";
import type { ChatServer } from "./chat_server.ts";

/** A model's config as a server takes it. */
export interface ChatConfig {
  /** Fields of the request's body. */
  fields: Record<string, unknown>;
  /** The model that is meant where the config names another version of it. */
  version: string | undefined;
  /** How closely images are looked at: `low`, `high` or `auto`. */
  imageDetail: string | undefined;
}

/** Names that are not the API's own in snake case. */
const NAMES: Record<string, string> = {
  stopSequences: "stop",
  logProbs: "logprobs",
  topLogProbs: "top_logprobs",
};

/** The two names of one setting. */
const MAX_TOKENS = ["max_tokens", "max_completion_tokens"];

/**
 * Turns a model's config into fields of a request: Genkit's names (`maxOutputTokens`, `topP`,
 * `stopSequences`, …) become the API's, and any other goes on in snake case, so that a server's own
 * settings (`reasoningEffort`, `min_p`) work; one that it does not know it refuses by name.
 *
 * @throws {FlowError} FAILED_PRECONDITION where the config sets what the flow decides.
 */
export function chatConfig(
  config: Readonly<Record<string, unknown>>,
  { maxTokens }: Pick<ChatServer, "maxTokens">,
): ChatConfig {
  const { version, visualDetailLevel, ...settings } = config;
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(settings)) {
    if (value === undefined || value === null) continue;
    const name = key === "maxOutputTokens" ? maxTokens : NAMES[key] ?? snakeCase(key);
    if (OPENAI_FLOWS_OWN.has(name)) {
      const message = `The model's config sets "${key}", which only the flow itself decides`;
      throw new FlowError("FAILED_PRECONDITION", message);
    }
    if (Array.isArray(value) && value.length === 0) continue;
    // Servers refuse both; the later one is the prompt's, where the other is its Model's.
    if (MAX_TOKENS.includes(name)) MAX_TOKENS.forEach((other) => fields.delete(other));
    fields.set(name, value);
  }
  return {
    fields: Object.fromEntries(fields),
    version: textOrNone(version),
    imageDetail: textOrNone(visualDetailLevel),
  };
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
