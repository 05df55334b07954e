import { nearest } from "../nearest.ts";
import { ANTHROPIC_FLOWS_OWN, OPENAI_FLOWS_OWN, OPERATORS_OWN } from "../reserved_settings.ts";
import { snakeCase } from "../snake_case.ts";
import type { LintRule } from "./lint_rules.ts";

/** What is wrong with one setting of a model. */
export interface SettingFinding {
  rule: LintRule;
  key: string;
  /** Without the setting's name, which comes before it: `is 3, should be …`. */
  message: string;
}

/** The settings that every model takes by Genkit's names. */
const COMMON = ["temperature", "topP", "topK", "maxOutputTokens", "stopSequences"];

/** The providers that are asked by the API of OpenAI. */
const CHAT = ["openai", "openaicompatible", "azureaifoundry", "ollama"];

/**
 * Settings that a provider's API does not have, from its reference:
 * https://platform.openai.com/docs/api-reference/chat/create has no `top_k`,
 * https://platform.claude.com/docs/en/api/messages/create no penalties and no `seed`.
 */
const NOT_TAKEN: Record<string, readonly string[]> = {
  openai: ["topK", "top_k"],
  azureaifoundry: ["topK", "top_k"],
  anthropic: ["frequencyPenalty", "presencePenalty", "seed", "candidateCount"],
};

/** Checks the settings of a model as `provider` (a type in lower case) takes them. */
export function checkSettings(
  provider: string,
  config: Readonly<Record<string, unknown>>,
): SettingFinding[] {
  return Object.entries(config).flatMap(([key, value]): SettingFinding[] => {
    if (OPERATORS_OWN.includes(key)) {
      const message = "has no effect: only the operator sets it, in a PluginConfig";
      return [{ rule: "ignored-setting", key, message }];
    }
    if (CHAT.includes(provider) && OPENAI_FLOWS_OWN.has(snakeCase(key))) {
      const message = "should be left out: only the flow itself decides it";
      return [{ rule: "unsupported-setting", key, message }];
    }
    if (provider === "anthropic" && ANTHROPIC_FLOWS_OWN.has(key)) {
      return [{ rule: "ignored-setting", key, message: "has no effect: the flow decides it" }];
    }
    if (NOT_TAKEN[provider]?.includes(key)) {
      const message = `is not a setting that the provider "${provider}" takes`;
      return [{ rule: "unsupported-setting", key, message }];
    }
    const fault = valueFault(provider, key, value);
    if (fault !== undefined) return [{ rule: "invalid-setting", key, message: fault }];
    return misspelled(provider, key);
  });
}

function valueFault(provider: string, key: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const shown = JSON.stringify(value).slice(0, 80);
  switch (key) {
    case "temperature":
      return between(value, 0, provider === "anthropic" ? 1 : 2);
    case "topP":
      return between(value, 0, 1);
    case "topK":
    case "maxOutputTokens":
      return Number.isInteger(value) && Number(value) > 0
        ? undefined
        : `is ${shown}, should be a whole number above 0`;
    case "stopSequences":
      return Array.isArray(value) && value.every((text) => typeof text === "string")
        ? undefined
        : `is ${shown}, should be a list of texts`;
  }
}

function between(value: unknown, least: number, most: number): string | undefined {
  if (typeof value === "number" && value >= least && value <= most) return undefined;
  const shown = JSON.stringify(value).slice(0, 80);
  return `is ${shown}, should be a number from ${least} to ${most}`;
}

/** What is nearly one of Genkit's names. Other names go to the provider, which knows more of them. */
function misspelled(provider: string, key: string): SettingFinding[] {
  if (COMMON.includes(key) || provider === "echo") return [];
  const other = COMMON.find((name) => snakeCase(name) === snakeCase(key));
  const isGemini = provider === "googleai" || provider === "vertexai";
  if (other !== undefined && !isGemini) return [];
  const meant = other ?? nearest(key, COMMON);
  if (meant === undefined) return [];
  return [{ rule: "misspelled-setting", key, message: `is not known (did you mean "${meant}"?)` }];
}
