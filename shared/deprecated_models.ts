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
  openai: "https://platform.openai.com/docs/deprecations",
};

/** The day on which the sources were read. */
export const DEPRECATIONS_READ = "2026-11-21";

/**
 * Models that are, or are about to be, no more, from the pages of {@linkcode DEPRECATION_SOURCES}.
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
    models: ["gemini-3.1-flash-image-preview"],
    shutdown: "2026-06-25",
    replacement: "gemini-3.1-flash-image",
  },
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
    replacement: "gpt-4.1-mini",
  },
];

/** Gives what is known of the end of a provider's model; undefined where nothing is. */
export function findDeprecation(provider: string, model: string): DeprecatedModel | undefined {
  return DEPRECATED_MODELS.find((entry) =>
    entry.provider === provider.toLowerCase() && entry.models.includes(model)
  );
}
