/**
 * Settings with which a prompt's author could send the operator's key elsewhere or replace it:
 * Genkit's plugins honour them in the config of a prompt.
 */
const OPERATORS_OWN = [
  "apiKey",
  "apiClient",
  "apiVersion",
  "baseUrl",
  "baseURL",
  "customHeaders",
  "location",
];

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
