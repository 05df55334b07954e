/** How a model was asked to answer, as far as OpenTelemetry has names for it. */
export interface RequestSettings {
  temperature?: number;
  topP?: number;
  /** Whole, as the ones below. */
  topK?: number;
  maxTokens?: number;
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  stopSequences?: string[];
}

/** What each is called: here, in Genkit's configs, and in those that pass an API's own names. */
const NAMES = {
  temperature: ["temperature"],
  topP: ["topP", "top_p"],
  topK: ["topK", "top_k"],
  maxTokens: ["maxTokens", "maxOutputTokens", "max_tokens", "max_completion_tokens"],
  seed: ["seed"],
  frequencyPenalty: ["frequencyPenalty", "frequency_penalty"],
  presencePenalty: ["presencePenalty", "presence_penalty"],
} as const;

const WHOLE: readonly string[] = ["topK", "maxTokens", "seed"];

/** The most sequences, and the most characters of one. */
const MOST = { sequences: 16, characters: 128 };

/** Reads a model's config, or what a sandbox says of one; what makes no sense is left out. */
export function readRequestSettings(value: unknown): RequestSettings {
  const config = (value ?? {}) as Record<string, unknown>;
  const numbers = Object.entries(NAMES).flatMap(([setting, names]) => {
    const found = names.map((name) => config[name]).find((each) => each !== undefined);
    const isRight = WHOLE.includes(setting) ? Number.isSafeInteger : Number.isFinite;
    return isRight(found) ? [[setting, found as number] as const] : [];
  });
  const stops = [config.stopSequences ?? config.stop ?? []].flat()
    .filter((each) => typeof each === "string").slice(0, MOST.sequences)
    .map((each) => each.slice(0, MOST.characters));
  return { ...Object.fromEntries(numbers), ...stops.length > 0 && { stopSequences: stops } };
}
