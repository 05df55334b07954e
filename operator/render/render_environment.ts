import type { EnvVar } from "../../shared/api/env_var.ts";
import { CREDENTIALS_DIR, ROOT } from "../../shared/contract/paths.ts";
import type { ServerContent } from "./server_content.ts";
import type { ServerSettings } from "./server_owner.ts";

/** Google's libraries take a path here, not the key itself. */
const GOOGLE_FILE = "GOOGLE_APPLICATION_CREDENTIALS";

/** A container's `env` and `envFrom`. */
export interface ContainerEnvironment {
  env: Record<string, unknown>[];
  envFrom?: Record<string, unknown>[];
}

/**
 * Renders the environment: PORT, HOME, GENKITD_GRACE where the spec says how long a request may take
 * (our runner would else cut those in flight at its own default), and the credentials of a Flow's provider, as its custom runners
 * were promised. What the user sets wins, and of one name the last.
 */
export function renderEnvironment(
  { port, requestTimeoutSeconds, env = [] }: Pick<
    ServerSettings,
    "port" | "requestTimeoutSeconds" | "env"
  >,
  { environment, secrets }: Pick<ServerContent, "environment" | "secrets">,
): ContainerEnvironment {
  const variables = new Map<string, Record<string, unknown>>();
  const set = (variable: { name: string } & Record<string, unknown>) => {
    // At its own place, not at that of the one it replaces: it may refer to those before it.
    variables.delete(variable.name);
    variables.set(variable.name, variable);
  };
  set({ name: "PORT", value: String(port) });
  // Images that know nothing of the read-only root write to their home.
  set({ name: "HOME", value: "/tmp" });
  if (requestTimeoutSeconds !== undefined) {
    set({ name: "GENKITD_GRACE", value: `${requestTimeoutSeconds}s` });
  }
  for (const { secret, keys } of environment) {
    for (const key of keys) {
      // The Service and the probes go to spec.port, as they do where the whole Secret is taken.
      if (key === "PORT") continue;
      set({ name: key, valueFrom: { secretKeyRef: { name: secret, key, optional: true } } });
    }
    const file = secrets.find((each) => each.directory === CREDENTIALS_DIR);
    if (file?.keys.includes(GOOGLE_FILE)) {
      set({ name: GOOGLE_FILE, value: `${ROOT}/${CREDENTIALS_DIR}/${GOOGLE_FILE}` });
    }
  }
  for (const variable of env) set(userVariable(variable));
  const whole = environment.filter(({ keys }) => keys.length === 0);
  return {
    env: [...variables.values()],
    ...whole.length > 0 && {
      envFrom: whole.map(({ secret }) => ({ secretRef: { name: secret, optional: true } })),
    },
  };
}

/** A variable of the spec; one whose Secret may be missing must not keep the pod from starting. */
function userVariable({ name, value, valueFrom }: EnvVar):
  & { name: string }
  & Record<
    string,
    unknown
  > {
  if (valueFrom === undefined) return { name, ...value !== undefined && { value } };
  const { secretKeyRef } = valueFrom;
  return {
    name,
    valueFrom: secretKeyRef === undefined
      ? valueFrom
      : { secretKeyRef: { ...secretKeyRef, optional: secretKeyRef.optional ?? true } },
  };
}
