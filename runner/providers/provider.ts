import type { GenkitPluginV2 } from "genkit/plugin";

/** What the code of a provider gets to work with. */
export interface ProviderOptions {
  /** The values of the credential keys that its descriptor names. */
  credentials: Readonly<Record<string, string>>;
  region?: string | undefined;
  /** PluginConfig's `extraConfig`. */
  extraConfig: Readonly<Record<string, unknown>>;
}

/**
 * Makes a provider's Genkit plugin.
 *
 * @throws {Error} where a credential or a setting is missing, in words for the operator.
 */
export type CreateProvider = (options: ProviderOptions) => GenkitPluginV2;
