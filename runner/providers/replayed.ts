import { genkitPluginV2, model } from "genkit/plugin";
import type { GenkitPluginV2 } from "genkit/plugin";

/**
 * Stands for a provider whose answers are all replayed: it has every model, needs no key, and is
 * never asked.
 */
export function replayed(provider: string): GenkitPluginV2 {
  return genkitPluginV2({
    name: provider,
    resolve: (type, name) =>
      type === "model"
        ? model({ name: name.startsWith(`${provider}/`) ? name : `${provider}/${name}` }, () => {
          throw new Error(`The model "${name}" is replayed, and cannot be asked`);
        })
        : undefined,
  });
}
