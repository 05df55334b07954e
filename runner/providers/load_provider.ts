import { findProvider, PROVIDERS } from "../../shared/providers.ts";
import { suggestion } from "../../shared/nearest.ts";
import type { CreateProvider } from "./provider.ts";

/** The code of each provider; loaded only where it is used, for the sake of memory. */
const LOADERS: Record<string, () => Promise<CreateProvider>> = {
  anthropic: async () => (await import("./anthropic.ts")).anthropic,
  azureaifoundry: async () => (await import("./azureaifoundry.ts")).azureaifoundry,
  bedrock: async () => (await import("./bedrock.ts")).bedrock,
  echo: async () => (await import("./echo.ts")).echo,
  googleai: async () => (await import("./googleai.ts")).googleai,
  ollama: async () => (await import("./ollama.ts")).ollama,
  openai: async () => (await import("./openai.ts")).openai,
  openaicompatible: async () => (await import("./openaicompatible.ts")).openaicompatible,
  vertexai: async () => (await import("./vertexai.ts")).vertexai,
};

/**
 * Loads the code of a provider.
 *
 * @throws {Error} where there is no such provider, or it cannot be run yet.
 */
export async function loadProvider(type: string): Promise<CreateProvider> {
  const load = Object.hasOwn(LOADERS, type) ? LOADERS[type] : undefined;
  if (load !== undefined) return await load();
  if (findProvider(type) !== undefined) {
    const supported = Object.keys(LOADERS).join(", ");
    throw new Error(`the provider "${type}" is not supported yet; supported are ${supported}`);
  }
  const near = suggestion(type, PROVIDERS.map((provider) => provider.type));
  throw new Error(`there is no provider "${type}"${near}`);
}
