import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { promptConfig } from "./prompt_config.ts";

/** The model that answers a prompt. */
export interface ChosenModel {
  /** As Genkit names it: `provider/model`. */
  name: string;
  config: Record<string, unknown>;
  /** Genkit's ModelInfo, as the Model object gives it. */
  info: Record<string, unknown> | undefined;
}

/**
 * The type of the provider of a flow.
 *
 * @throws {Error} where the flow has none.
 */
export function providerOf({ plugin, defaultModel }: RuntimeConfig): string {
  const type = plugin?.type ?? defaultModel?.provider;
  if (type === undefined) {
    throw new Error('its config has neither "plugin" nor "defaultModel", so there is no provider');
  }
  return type;
}

/**
 * Chooses the model of a prompt: the one of its frontmatter, else the flow's. The config of the
 * flow's model holds where that model answers; the prompt's own goes before it.
 *
 * @param provider The provider's type; `echo` answers in place of any model.
 * @throws {Error} where the flow's provider does not have the model.
 */
export function chooseModel(
  prompt: { model: string | undefined; config: Record<string, unknown> },
  { defaultModel }: RuntimeConfig,
  provider: string,
): ChosenModel {
  const ofFlow = defaultModel
    ? withPlainProvider(`${defaultModel.provider}/${defaultModel.model}`)
    : undefined;
  const wanted = prompt.model === undefined ? ofFlow : withPlainProvider(prompt.model);
  if (provider !== "echo") {
    if (wanted === undefined) {
      throw new Error("it names no model in its frontmatter, and the flow has none either");
    }
    if (!wanted.includes("/")) {
      throw new Error(
        `its model is "${wanted}", and should begin with its provider: "${provider}/${wanted}"`,
      );
    }
    if (!wanted.startsWith(`${provider}/`)) {
      throw new Error(
        `its model is "${wanted}", and the flow's provider is "${provider}", which does not have it`,
      );
    }
  }
  const isFlows = wanted === ofFlow;
  return {
    name: provider === "echo" ? "echo/echo" : wanted!,
    config: {
      ...isFlows && promptConfig(defaultModel?.config ?? {}).config,
      ...prompt.config,
    },
    info: isFlows ? defaultModel?.info ?? undefined : undefined,
  };
}

/** `GoogleAI/Gemini-X` as `googleai/Gemini-X`: providers are known by lower-case names. */
function withPlainProvider(model: string): string {
  return model.replace(/^[^/]+(?=\/)/, (provider) => provider.toLowerCase());
}
