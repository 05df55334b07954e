import type { FallbackConfig, RuntimeConfig } from "../../shared/contract/config.ts";
import { promptConfig } from "./prompt_config.ts";

/** A model that may answer a prompt. */
export interface ChosenModel {
  /** The type of its provider. */
  provider: string;
  /** Whose plugin and credentials it is asked with: 0 for the flow's, else fallback + 1. */
  plugin: number;
  /** As Genkit names it: `provider/model`. */
  name: string;
  config: Record<string, unknown>;
  /** Genkit's ModelInfo, as the Model object gives it. */
  info: Record<string, unknown> | undefined;
  retry: RuntimeConfig["retry"];
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

/** Gives the types of a flow's providers: its own, then those of its fallbacks. */
export function providersOf(config: RuntimeConfig): string[] {
  const fallbacks = config.fallbacks ?? [];
  return [providerOf(config), ...fallbacks.map(({ plugin }) => plugin.type.toLowerCase())];
}

/** A model as the flow has it. */
type Known = Omit<ChosenModel, "config"> & { defaults: Record<string, unknown> };

/**
 * Chooses the models of a prompt, in the order in which they are asked: the one of its frontmatter,
 * if any, then the flow's. The config of a flow's model holds where that model answers; the prompt's
 * own goes before it.
 *
 * @throws {Error} where none of the flow's providers has the model.
 */
export function chooseModels(
  prompt: { model: string | undefined; config: Record<string, unknown> },
  config: RuntimeConfig,
): [ChosenModel, ...ChosenModel[]] {
  const providers = providersOf(config);
  const [first, ...others] = inOrder(prompt.model, knownModels(config, providers), providers);
  const chosen = ({ defaults, ...model }: Known): ChosenModel => ({
    ...model,
    name: model.provider === "echo" ? "echo/echo" : model.name,
    config: { ...promptConfig(defaults).config, ...prompt.config },
  });
  return [chosen(first), ...others.map(chosen)];
}

function inOrder(
  wantedByPrompt: string | undefined,
  known: Known[],
  providers: readonly string[],
): [Known, ...Known[]] {
  const provider = providers[0]!;
  for (const model of known) checkProvider(model);
  const [first, ...others] = known;
  if (wantedByPrompt === undefined) {
    if (first !== undefined) return [first, ...others];
    if (provider === "echo") return [ownModel("echo/echo", provider, 0)];
    throw new Error("it names no model in its frontmatter, and the flow has none either");
  }
  const wanted = withPlainProvider(wantedByPrompt);
  const same = known.find(({ name }) => name === wanted);
  if (same !== undefined) return [same, ...known.filter((model) => model !== same)];
  // Echo answers in place of any model.
  if (provider === "echo") return [ownModel(wanted, provider, 0), ...others];
  if (!wanted.includes("/")) {
    throw new Error(
      `its model is "${wanted}", and should begin with its provider: "${provider}/${wanted}"`,
    );
  }
  const plugin = providers.findIndex((provider) => wanted.startsWith(`${provider}/`));
  if (plugin < 0) {
    const names = [...new Set(providers)].map((name) => `"${name}"`).join(", ");
    const have = names.includes(",")
      ? `providers are ${names}, of which none has it`
      : `provider is ${names}, which does not have it`;
    throw new Error(`its model is "${wanted}", and the flow's ${have}`);
  }
  return [ownModel(wanted, providers[plugin]!, plugin), ...known];
}

/** A Model's provider is that of its PluginConfig; echo answers in place of any model. */
function checkProvider({ name, provider }: Known): void {
  if (provider === "echo" || name.startsWith(`${provider}/`)) return;
  throw new Error(
    `its model is "${name}", and the flow's provider is "${provider}", which does not have it`,
  );
}

/** A model that only the prompt's frontmatter names. */
function ownModel(name: string, provider: string, plugin: number): Known {
  return { name, provider, plugin, info: undefined, retry: undefined, defaults: {} };
}

function knownModels({ defaultModel, retry, fallbacks }: RuntimeConfig, providers: string[]) {
  const known = (
    model: FallbackConfig["model"],
    retry: RuntimeConfig["retry"],
    plugin: number,
  ): Known => ({
    name: withPlainProvider(`${model.provider}/${model.model}`),
    provider: providers[plugin]!,
    plugin,
    info: model.info ?? undefined,
    retry,
    defaults: model.config ?? {},
  });
  return [
    ...defaultModel ? [known(defaultModel, retry, 0)] : [],
    ...(fallbacks ?? []).map(({ model, retry }, index) => known(model, retry, index + 1)),
  ];
}

/** `GoogleAI/Gemini-X` as `googleai/Gemini-X`: providers are known by lower-case names. */
function withPlainProvider(model: string): string {
  return model.replace(/^[^/]+(?=\/)/, (provider) => provider.toLowerCase());
}
