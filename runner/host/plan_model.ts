import type { FallbackConfig } from "../../shared/contract/config.ts";
import { suggestion } from "../../shared/nearest.ts";
import { findProvider, PROVIDERS } from "../../shared/providers.ts";
import { collectCredentials, type CredentialSource } from "../credentials.ts";

/** What a model of a flow needs to be asked. */
export interface PlannedModel {
  /** Only the keys that its provider reads. */
  credentials: Record<string, string>;
  /** The hosts of its provider, as `host:port`. */
  hosts: string[];
}

/** Finds the credentials and hosts of one model's provider, or says why it cannot be asked. */
export function planModel(
  { plugin, credentialKeys }: Pick<FallbackConfig, "plugin" | "credentialKeys">,
  credentials: (provider: string) => CredentialSource,
): PlannedModel | { reason: string } {
  const type = plugin.type.toLowerCase();
  const reason = unsupported(type);
  if (reason !== undefined) return { reason };
  const provider = findProvider(type)!;
  try {
    const keys = collectCredentials(provider, credentialKeys ?? [], credentials(type));
    if ("missing" in keys) return { reason: keys.missing };
    const hosts = provider.hosts({
      ...plugin.region && { region: plugin.region },
      ...plugin.extraConfig && { extraConfig: plugin.extraConfig },
      credentials: keys.credentials,
    });
    return { credentials: keys.credentials, hosts };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

/** Says why a provider cannot be asked at all; undefined where this runner has it. */
export function unsupported(type: string): string | undefined {
  const names = PROVIDERS.filter(({ supported }) => supported).map(({ type }) => type);
  if (names.includes(type)) return undefined;
  return `the provider "${type}" is not one that this runner has (${names.join(", ")})` +
    suggestion(type, names);
}
