import { type Genkit, genkit } from "genkit";
import { loadProvider } from "../providers/load_provider.ts";
import { replayed } from "../providers/replayed.ts";
import type { RetryTime } from "./ask_models.ts";
import type { AskableModel, AskTurn } from "./askable_model.ts";
import { type ChosenModel, providersOf } from "./choose_model.ts";
import { Circuit } from "./circuit.ts";
import type { FlowParts } from "./flow.ts";
import { recordTurn } from "./recording_hooks.ts";
import { retryPolicy } from "./retry_policy.ts";

/** The models of a flow. */
export interface FlowModels {
  /** The Genkit of each provider, the flow's own first. A prompt runs in that of its first model. */
  kits: readonly Genkit[];
  /**
   * Makes a model ready to be asked.
   *
   * @param first Whether Genkit asks it, as the model of the call.
   * @throws {Error} where its provider does not have it.
   */
  askable(model: ChosenModel, first: boolean): Promise<AskableModel>;
}

/**
 * Loads the providers of a flow, each in a Genkit of its own with its own credentials, so that two of
 * one type never mix. All at once: an outage would be a bad time to find out that one is not usable.
 *
 * @throws {Error} where a provider's credentials or settings cannot be used.
 */
export async function loadModels(
  { definition, credentials, fallbackCredentials = [] }: FlowParts,
  time: RetryTime,
): Promise<FlowModels> {
  const { config } = definition;
  const settings = [config, ...config.fallbacks ?? []];
  const kits = await Promise.all(
    providersOf(config).map(async (type, index) => {
      const { region, extraConfig } = settings[index]?.plugin ?? {};
      const plugin = definition.replayed ? replayed(type) : (await loadProvider(type))({
        credentials: index === 0 ? credentials : fallbackCredentials[index - 1] ?? {},
        region: region ?? undefined,
        extraConfig: extraConfig ?? {},
      });
      // Without `promptDir: null` Genkit looks for a folder of prompts.
      return genkit({ plugins: [plugin], promptDir: null as unknown as string });
    }),
  );
  const circuits = new Map<string, Circuit>();
  const circuitOf = ({ plugin, name }: ChosenModel) => {
    const key = `${plugin} ${name}`;
    const circuit = circuits.get(key) ?? new Circuit(time);
    circuits.set(key, circuit);
    return circuit;
  };
  return {
    kits,
    async askable(model, first) {
      const { name, provider, plugin, config, info } = model;
      const action = await kits[plugin]!.registry.lookupAction(`/model/${name}`);
      if (action === undefined) {
        throw new Error(`the provider "${provider}" has no model "${name}"`);
      }
      return {
        name,
        provider,
        config,
        info,
        retry: retryPolicy(model.retry),
        circuit: circuitOf(model),
        record: recordTurn(provider, name),
        ...!first && { ask: action as unknown as AskTurn },
      };
    },
  };
}
