import { OPERATORS_OWN } from "../../shared/reserved_settings.ts";

/** A prompt's model config as it may be used, and the settings that were taken out of it. */
export interface PromptConfig {
  config: Record<string, unknown>;
  removed: string[];
}

/** Takes out of a prompt's config what only the operator may set. */
export function promptConfig(config: Record<string, unknown>): PromptConfig {
  const removed = OPERATORS_OWN.filter((key) => key in config);
  const kept = Object.entries(config).filter(([key]) => !removed.includes(key));
  return { config: Object.fromEntries(kept), removed };
}
