import type { Provider } from "../shared/providers.ts";

/** Where a flow's credentials come from. */
export interface CredentialSource {
  /** Gives the value of a key; undefined where there is none. */
  get(key: string): string | undefined;
  /** How a person can add a key, for the message that says that it is missing. */
  hint(keys: readonly string[]): string;
}

/** The keys that a provider reads (shared/providers.ts). */
export type CredentialNeeds = Pick<Provider, "credentialKeys" | "optionalKeys">;

/** The credentials of a flow, or a message that says what is missing and how to add it. */
export type Credentials = { credentials: Record<string, string> } | { missing: string };

/**
 * Collects a flow's credentials, and only those that its provider reads.
 *
 * `wanted` is config.json's `credentialKeys`. A provider with a single key takes the first of them
 * that is there, whatever it is called, as genkit-operator's runner does; one with several keys
 * knows them by name.
 */
export function collectCredentials(
  { credentialKeys: needs, optionalKeys = [] }: CredentialNeeds,
  wanted: readonly string[],
  source: CredentialSource,
): Credentials {
  const credentials: Record<string, string> = {};
  for (const alternatives of needs) {
    const keys = needs.length === 1 && wanted.length > 0 ? wanted : alternatives;
    const found = keys.find((key) => source.get(key)?.trim());
    if (found === undefined) {
      const names = keys.join(" or ");
      return { missing: `the credential ${names} is missing: ${source.hint(keys)}` };
    }
    const name = keys === alternatives ? found : alternatives[0]!;
    credentials[name] = source.get(found)!.trim();
  }
  for (const key of optionalKeys) {
    const value = source.get(key)?.trim();
    if (value && (wanted.length === 0 || wanted.includes(key))) credentials[key] = value;
  }
  return { credentials };
}
