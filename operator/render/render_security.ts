import type { ServerSettings } from "./server_owner.ts";

/** What Kubernetes' "restricted" policy asks of pods; a group so that their volumes can be read. */
const POD = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  fsGroup: 65532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** What Kubernetes' "restricted" policy asks of containers, and a root that nobody writes to. */
const CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

type Fields = Record<string, unknown>;

/** Renders the pods' security context: restricted, but for the fields that the spec sets. */
export function renderPodSecurity({ podSecurityContext }: ServerSettings): Fields {
  return merged(POD, podSecurityContext);
}

/** Renders the container's security context: restricted, but for the fields that the spec sets. */
export function renderContainerSecurity({ securityContext }: ServerSettings): Fields {
  return merged(CONTAINER, securityContext);
}

/**
 * Field by field, inside objects too: capabilities that are added leave the others dropped. A null
 * takes a field away, as OpenShift needs it, which chooses the user by itself.
 */
function merged(fields: Fields, overrides: Fields = {}): Fields {
  const all = Object.entries({ ...fields, ...overrides }).map(([key, value]) => {
    const own = fields[key];
    return [key, isObject(own) && isObject(value) ? merged(own, value) : value] as const;
  });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
