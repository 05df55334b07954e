/** A model that its provider has announced the end of. */
export interface DeprecatedModel {
  /** The type of its provider. Clouds that host others' models have dates of their own. */
  provider: string;
  /** The provider's names for it. */
  models: readonly string[];
  /** The day of the shutdown, as `YYYY-MM-DD`. */
  shutdown: string;
  /** What the provider names in its place. */
  replacement: string;
}

/** Where the dates of {@linkcode DEPRECATED_MODELS} are from, by provider. */
export const DEPRECATION_SOURCES: Readonly<Record<string, string>> = {
  anthropic: "https://platform.claude.com/docs/en/about-claude/model-deprecations",
  googleai: "https://ai.google.dev/gemini-api/docs/deprecations",
  openai: "https://developers.openai.com/api/docs/deprecations",
};

/**
 * Models that are, or are about to be, no more. Rows come from the pages of
 * {@linkcode DEPRECATION_SOURCES} as stored copies have them, the newest copy first: Google's of
 * September, OpenAI's of November 2026. Where a copy was cut short, from what others quote of the
 * page: of Anthropic's its release notes and SDKs (Opus 4.1, Haiku 3.5); of OpenAI's those of
 * 2026-10-14 and 2026-10-28; of Google's the day of gemini-2.5 (aideprecations.com, read 2026-11-10).
 * The first rows of each provider, of models that are long gone, name what was named when they went.
 * Not complete: what is not listed may be deprecated as well.
 */
export const DEPRECATED_MODELS: readonly DeprecatedModel[] = [
  {
    provider: "anthropic",
    models: ["claude-3-opus-20240229", "claude-3-opus-latest"],
    shutdown: "2026-01-05",
    replacement: "claude-opus-4-8",
  },
  {
    provider: "anthropic",
    models: ["claude-3-5-haiku-20241022", "claude-3-5-haiku-latest"],
    shutdown: "2026-02-19",
    replacement: "claude-haiku-4-5",
  },
  {
    provider: "anthropic",
    models: ["claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest"],
    shutdown: "2026-02-19",
    replacement: "claude-sonnet-4-6",
  },
  {
    provider: "anthropic",
    models: ["claude-opus-4-20250514", "claude-opus-4-0"],
    shutdown: "2026-06-15",
    replacement: "claude-opus-4-8",
  },
  {
    provider: "anthropic",
    models: ["claude-sonnet-4-20250514", "claude-sonnet-4-0"],
    shutdown: "2026-06-15",
    replacement: "claude-sonnet-4-6",
  },
  {
    provider: "anthropic",
    models: ["claude-opus-4-1-20250805", "claude-opus-4-1"],
    shutdown: "2026-08-05",
    replacement: "claude-opus-4-8",
  },
  {
    provider: "googleai",
    models: [
      "gemini-2.5-pro-preview-03-25",
      "gemini-2.5-pro-preview-05-06",
      "gemini-2.5-pro-preview-06-05",
    ],
    shutdown: "2025-12-02",
    replacement: "gemini-3.1-pro-preview",
  },
  {
    provider: "googleai",
    models: ["gemini-3-pro-preview"],
    shutdown: "2026-03-09",
    replacement: "gemini-3.1-pro-preview",
  },
  {
    provider: "googleai",
    models: ["gemini-3.1-flash-lite-preview"],
    shutdown: "2026-05-25",
    replacement: "gemini-3.1-flash-lite",
  },
  {
    provider: "googleai",
    models: ["gemini-2.0-flash", "gemini-2.0-flash-001"],
    shutdown: "2026-06-01",
    replacement: "gemini-3.5-flash",
  },
  {
    provider: "googleai",
    models: ["gemini-2.0-flash-lite", "gemini-2.0-flash-lite-001"],
    shutdown: "2026-06-01",
    replacement: "gemini-3.1-flash-lite",
  },
  {
    provider: "googleai",
    models: ["gemini-3.1-flash-image-preview"],
    shutdown: "2026-06-25",
    replacement: "gemini-3.1-flash-image",
  },
  {
    provider: "googleai",
    models: ["gemini-3-pro-image-preview"],
    shutdown: "2026-06-25",
    replacement: "gemini-3-pro-image",
  },
  // Asked for after that day, these two are answered by the other model, at its price.
  {
    provider: "googleai",
    models: ["gemini-2.5-pro"],
    shutdown: "2026-12-01",
    replacement: "gemini-3.8-flash",
  },
  {
    provider: "googleai",
    models: ["gemini-2.5-flash"],
    shutdown: "2026-12-01",
    replacement: "gemini-3.5-flash-lite",
  },
  {
    provider: "openai",
    models: ["chatgpt-4o-latest"],
    shutdown: "2026-02-17",
    replacement: "gpt-5.1-chat-latest",
  },
  {
    provider: "openai",
    models: ["gpt-5-chat-latest", "gpt-5.1-chat-latest"],
    shutdown: "2026-07-23",
    replacement: "gpt-5.5",
  },
  {
    provider: "openai",
    models: ["gpt-4o-search-preview-2025-03-11", "gpt-4o-mini-search-preview-2025-03-11"],
    shutdown: "2026-07-23",
    replacement: "gpt-4.1-mini",
  },
  {
    provider: "openai",
    models: ["gpt-5.2-chat-latest", "gpt-5.3-chat-latest"],
    shutdown: "2026-08-10",
    replacement: "gpt-5.5",
  },
  {
    provider: "openai",
    models: ["gpt-3.5-turbo", "gpt-3.5-turbo-0125"],
    shutdown: "2026-10-23",
    replacement: "gpt-5.6-terra",
  },
  {
    provider: "openai",
    models: ["gpt-4", "gpt-4-0613", "gpt-4-1106-preview", "gpt-4-turbo", "gpt-4-turbo-2024-04-09"],
    shutdown: "2026-10-23",
    replacement: "gpt-5.6-sol",
  },
  {
    provider: "openai",
    models: ["gpt-4o-2024-05-13"],
    shutdown: "2026-10-23",
    replacement: "gpt-5.6-sol",
  },
  {
    provider: "openai",
    models: ["o1", "o1-2024-12-17", "o3-mini", "o3-mini-2025-01-31"],
    shutdown: "2026-10-23",
    replacement: "gpt-5.6-sol",
  },
  {
    provider: "openai",
    models: ["o4-mini", "o4-mini-2025-04-16"],
    shutdown: "2026-10-23",
    replacement: "gpt-5.6-terra",
  },
  {
    provider: "openai",
    models: ["gpt-5", "gpt-5-2025-08-07"],
    shutdown: "2026-12-11",
    replacement: "gpt-6.1-sol",
  },
  {
    provider: "openai",
    models: ["gpt-5-mini", "gpt-5-mini-2025-08-07"],
    shutdown: "2026-12-11",
    replacement: "gpt-6.1-terra",
  },
  {
    provider: "openai",
    models: ["gpt-5-nano", "gpt-5-nano-2025-08-07"],
    shutdown: "2026-12-11",
    replacement: "gpt-5.6-luna",
  },
  {
    provider: "openai",
    models: [
      "gpt-5-pro",
      "gpt-5-pro-2025-10-06",
      "o3",
      "o3-2025-04-16",
      "o3-pro",
      "o3-pro-2025-06-10",
    ],
    shutdown: "2026-12-11",
    replacement: "gpt-5.6-sol",
  },
  // The page names the snapshots; names without a date lead to them.
  {
    provider: "openai",
    models: [
      "gpt-4o",
      "gpt-4o-2024-08-06",
      "gpt-4o-2024-11-20",
      "gpt-4o-mini",
      "gpt-4o-mini-2024-07-18",
      "gpt-4.1",
      "gpt-4.1-2025-04-14",
      "gpt-4.1-mini",
      "gpt-4.1-mini-2025-04-14",
    ],
    shutdown: "2027-01-14",
    replacement: "gpt-6-luna",
  },
];

/** Gives what is known of the end of a provider's model; undefined where nothing is. */
export function findDeprecation(provider: string, model: string): DeprecatedModel | undefined {
  return DEPRECATED_MODELS.find((entry) =>
    entry.provider === provider.toLowerCase() && entry.models.includes(model)
  );
}
