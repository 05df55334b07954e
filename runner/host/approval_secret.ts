import type { FlowPlan } from "./flow_plan.ts";

/** The environment variable with the secret of interrupted calls, for all flows of a server. */
export const APPROVAL_KEY = "GENKITD_APPROVAL_KEY";

/** The fewest characters of a secret: a token's owner could guess a shorter one. */
const MIN_KEY = 32;
/** The same of a credential. Some servers take any, and people give them words such as "none". */
const MIN_CREDENTIAL = 24;
/** Credentials that are no secret. */
const PUBLIC = new Set(["AWS_ACCESS_KEY_ID", "AZURE_OPENAI_ENDPOINT", "GOOGLE_CLOUD_PROJECT"]);

/**
 * Checks the value of {@linkcode APPROVAL_KEY}.
 *
 * @throws {Error} where it is too short.
 */
export function checkApprovalKey(key: string | undefined): string | undefined {
  if (!key || key.length >= MIN_KEY) return key || undefined;
  throw new Error(
    `Cannot start: ${APPROVAL_KEY} has ${key.length} characters, it should have ${MIN_KEY} or more`,
  );
}

/**
 * The secret that every pod of a flow has and keeps over restarts, with no machinery of its own: the
 * credentials of its provider, with the headers of its tools. So whoever could forge an interrupted
 * call has all that the call could use. Undefined where the credentials are none, are weak, or are a
 * workload's own, which differ from pod to pod.
 */
export function approvalSecret(
  { credentials, passing, toolHeaders = {} }: FlowPlan,
): string | undefined {
  const strong = Object.entries(credentials)
    .filter(([key, value]) => value.length >= MIN_CREDENTIAL && !PUBLIC.has(key));
  if (passing || strong.length === 0) return undefined;
  const headers = Object.entries(toolHeaders).map(([tool, values]) => [tool, sorted(values)]);
  return JSON.stringify([strong.sort(), headers.sort()]);
}

function sorted(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).sort();
}
