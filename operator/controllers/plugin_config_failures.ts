import type { PluginConfig } from "../../shared/api/plugin_config.ts";
import { isSet } from "../../shared/api/local_reference.ts";
import { findProvider, type Provider } from "../../shared/providers.ts";
import type { Failure, TrackingReader } from "../engine/controller.ts";

/**
 * The provider of a PluginConfig, whose type may be written in any case; undefined for unknown
 * ones.
 */
export function providerOf({ spec: { type } }: PluginConfig): Provider | undefined {
  return findProvider(type.toLowerCase());
}

/** Gives what keeps a PluginConfig from being used: its settings, and its Secret's keys. */
export async function pluginConfigFailures(
  config: PluginConfig,
  read: TrackingReader,
): Promise<Failure[]> {
  const provider = providerOf(config);
  return [...settingsFailures(config, provider), ...await secretFailures(config, provider, read)];
}

function settingsFailures({ metadata, spec }: PluginConfig, provider?: Provider): Failure[] {
  const invalid = (what: string): Failure[] => [{
    failure: "invalid",
    reason: "InvalidSpec",
    message: `PluginConfig "${metadata.name}": ${what}`,
  }];
  const { region, extraConfig } = spec;
  const settings = extraConfig ?? {};
  if (typeof settings !== "object" || Array.isArray(settings)) {
    return invalid(`spec.extraConfig is ${JSON.stringify(extraConfig)}, should be an object`);
  }
  try {
    provider?.hosts({
      region,
      extraConfig: { ...settings },
      // A Secret may name the host; without one, the settings must.
      ...!isSet(spec.credentialsRef) && { credentials: {} },
    });
    return [];
  } catch (error) {
    return invalid(`spec: ${(error as Error).message}`);
  }
}

/** Without a Secret, a cloud workload identity is meant. */
async function secretFailures(
  { metadata: { name: config, namespace = "" }, spec }: PluginConfig,
  provider: Provider | undefined,
  read: TrackingReader,
): Promise<Failure[]> {
  if (!isSet(spec.credentialsRef)) return [];
  const { name } = spec.credentialsRef;
  const blocked = (reason: Failure["reason"], what: string): Failure => ({
    failure: "blocked",
    reason,
    message: `PluginConfig "${config}": spec.credentialsRef.name: Secret "${name}" ${what}`,
  });
  const secret = await read.secret(namespace, name);
  if (secret === undefined) {
    return [blocked("MissingDependency", `is not found in namespace "${namespace}"`)];
  }
  const { credentialKeys = [] } = spec;
  const instead = provider?.insteadKeys?.some((key) => Object.hasOwn(secret.data, key));
  if (instead && credentialKeys.length === 0) return [];
  const groups = credentialKeys.length > 0
    ? credentialKeys.map((key) => [key])
    : provider?.credentialKeys ?? [];
  return groups
    .filter((group) => !group.some((key) => Object.hasOwn(secret.data, key)))
    .map((group) => {
      const keys = group.map((key) => `"${key}"`).join(" or ");
      return blocked("InvalidDependency", `has no key ${keys}`);
    });
}
