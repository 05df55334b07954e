import type { PluginConfig } from "../../shared/api/plugin_config.ts";
import { isSet } from "../../shared/api/local_reference.ts";
import { findProvider, type Provider } from "../../shared/providers.ts";
import type { Controller, Failure, TrackingReader } from "../engine/controller.ts";
import { accepted } from "./referable_problems.ts";

/** The controller of PluginConfigs: settings that make sense, and a Secret with the needed keys. */
export const pluginConfigController: Controller<PluginConfig> = {
  kind: "PluginConfig",
  owns: [],
  async reconcile(config, read) {
    const provider = findProvider(config.spec.type.toLowerCase());
    const failures = [
      ...settingsFailures(config, provider),
      ...await secretFailures(config, provider, read),
    ];
    const known = provider === undefined ? "a provider that only custom runners know" : "known";
    return accepted(`The provider "${config.spec.type}" is ${known}`, failures);
  },
};

function settingsFailures({ metadata, spec }: PluginConfig, provider?: Provider): Failure[] {
  const invalid = (what: string): Failure[] => [{
    failure: "invalid",
    reason: "InvalidSpec",
    message: `PluginConfig "${metadata.name}": ${what}`,
  }];
  const { region, extraConfig = {} } = spec;
  if (typeof extraConfig !== "object" || extraConfig === null || Array.isArray(extraConfig)) {
    return invalid(`spec.extraConfig is ${JSON.stringify(extraConfig)}, should be an object`);
  }
  try {
    provider?.hosts({ region, extraConfig: { ...extraConfig } });
    return [];
  } catch (error) {
    return invalid(`spec: ${(error as Error).message}`);
  }
}

/** Without a Secret, a cloud workload identity is meant. */
async function secretFailures(
  { metadata, spec }: PluginConfig,
  provider: Provider | undefined,
  read: TrackingReader,
): Promise<Failure[]> {
  if (!isSet(spec.credentialsRef)) return [];
  const { name } = spec.credentialsRef;
  const at = `PluginConfig "${metadata.name}": spec.credentialsRef.name:`;
  const secret = await read.secret(metadata.namespace!, name);
  if (secret === undefined) {
    const message = `${at} Secret "${name}" is not found in namespace "${metadata.namespace}"`;
    return [{ failure: "blocked", reason: "MissingDependency", message }];
  }
  const { credentialKeys = [] } = spec;
  const groups = credentialKeys.length > 0
    ? credentialKeys.map((key) => [key])
    : provider?.credentialKeys ?? [];
  const missing = groups.filter((group) => !group.some((key) => Object.hasOwn(secret.data, key)));
  return missing.map((group): Failure => ({
    failure: "blocked",
    reason: "InvalidDependency",
    message: `${at} Secret "${name}" has no key "${group[0]}"` +
      (group.length > 1 ? ` (nor ${group.slice(1).map((key) => `"${key}"`).join(", ")})` : ""),
  }));
}
