import { PROVIDERS } from "../shared/providers.ts";

/**
 * What a runner gets of this process's environment: all but credentials and addresses of models, so
 * that it neither uses the user's own keys nor reaches anything but the mock model.
 */
export function runnerEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(own).filter(([name]) =>
    !CREDENTIALS.has(name) && !/(_API_KEY|_BASE_URL|_API_BASE)$/.test(name) && name !== "PORT"
  );
  return Object.fromEntries(kept);
}

const CREDENTIALS = new Set(PROVIDERS.flatMap(({ credentialKeys, optionalKeys, insteadKeys }) => [
  ...credentialKeys.flat(),
  ...optionalKeys ?? [],
  ...insteadKeys ?? [],
]));
