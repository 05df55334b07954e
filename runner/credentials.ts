import type { Provider } from "../shared/providers.ts";

/** Where a flow's credentials come from. */
export interface CredentialSource {
  /** Gives the value of a key; undefined where there is none. */
  get(key: string): string | undefined;
  /** Whether the values are a workload's own, which change by themselves; not where it is absent. */
  passing?: boolean;
  /** How a person can add a key, for the message that says that it is missing. */
  hint(keys: readonly string[]): string;
}

/** The keys that a provider reads (shared/providers.ts). */
export type CredentialNeeds = Pick<Provider, "credentialKeys" | "optionalKeys" | "insteadKeys">;

/** The credentials of a flow, or a message that says what is missing and how to add it. */
export type Credentials = { credentials: Record<string, string> } | { missing: string };

/**
 * Collects a flow's credentials, and only those that its provider reads.
 *
 * `wanted` is config.json's `credentialKeys`. A provider with a single key takes the first of them
 * that is there, whatever it is called, as genkit-operator's runner does, and so does one that can
 * do without its only key; one with several keys knows them by name.
 */
export function collectCredentials(
  { credentialKeys: needs, optionalKeys = [], insteadKeys = [] }: CredentialNeeds,
  wanted: readonly string[],
  source: CredentialSource,
): Credentials {
  const credentials: Record<string, string> = {};
  const isWanted = (key: string) => wanted.length === 0 || wanted.includes(key);
  const instead = insteadKeys.find((key) => isWanted(key) && source.get(key)?.trim());
  if (instead !== undefined) return { credentials: { [instead]: source.get(instead)!.trim() } };
  const own = wanted.filter((key) => !optionalKeys.includes(key));
  const onlyKey = needs.length === 0 && optionalKeys.length === 1 && own.length > 0;
  for (const alternatives of onlyKey ? [optionalKeys] : needs) {
    const isSole = onlyKey || needs.length === 1;
    const keys = isSole && own.length > 0 ? own : alternatives;
    const found = keys.find((key) => source.get(key)?.trim());
    if (found === undefined) {
      const names = keys.join(" or ");
      return { missing: `the credential ${names} is missing: ${source.hint(keys)}` };
    }
    const name = alternatives.includes(found) ? found : alternatives[0]!;
    credentials[name] = source.get(found)!.trim();
  }
  for (const key of optionalKeys) {
    const value = source.get(key)?.trim();
    if (value && isWanted(key)) credentials[key] = value;
  }
  return { credentials };
}
