import type { PluginConfig } from "../../shared/api/plugin_config.ts";
import type { Controller } from "../engine/controller.ts";
import { pluginConfigFailures, providerOf } from "./plugin_config_failures.ts";
import { accepted } from "./accepted.ts";

/** The controller of PluginConfigs: settings that make sense, and a Secret with the needed keys. */
export const pluginConfigController: Controller<PluginConfig> = {
  kind: "PluginConfig",
  owns: [],
  async reconcile(config, read) {
    const { type } = config.spec;
    const desired = accepted(
      `The settings of the provider "${type}" are complete`,
      await pluginConfigFailures(config, read),
    );
    if (providerOf(config)?.supported) return desired;
    // Runners of other makers may know it: 0.5.0 accepts every type.
    const message = `genkitd's own runner does not run the provider "${type}"; other runners may`;
    return { ...desired, ready: { reason: "NotSupported", message } };
  },
};
