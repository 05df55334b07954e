import { customKinds } from "../shared/api/kinds.ts";
import type { Resource } from "./kubernetes/resource.ts";
import { resources } from "./kubernetes/resources.ts";
import { LEGACY_LEASE, OPERATOR_LEASE } from "./lease_names.ts";

/** A rule of a Role or ClusterRole of rbac.authorization.k8s.io/v1. */
export interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  verbs: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

const READ = ["get", "list", "watch"];
/** A server-side apply of an object that is not there asks for both create and patch. */
const APPLY = ["create", "patch"];
const kinds = Object.values(customKinds);
/** What a FlowSource may bring. */
const applied = kinds.filter(({ kind }) => kind !== "FlowSource");

/**
 * What the operator may do where its objects are, and no more. By default it reads a Secret only by
 * its name; with `watchSecrets` it may list and watch them all, as `--watch-secrets` does.
 */
export function operatorRules({ watchSecrets }: { watchSecrets: boolean }): PolicyRule[] {
  const { Deployment, Service, ConfigMap, Job, CronJob, Pod, ReplicaSet } = resources;
  const { HorizontalPodAutoscaler, PodDisruptionBudget, NetworkPolicy } = resources;
  const { Flow, FlowSet, Eval, FlowSource } = customKinds;
  return [
    rule(kinds, READ),
    rule(kinds, ["patch"], "status"),
    // Objects of a FlowSource, in its own namespace, and its finalizer.
    rule(applied, [...APPLY, "delete"]),
    rule([FlowSource], ["patch"]),
    // An owner that a child blocks the deletion of: OwnerReferencesPermissionEnforcement asks.
    rule([Flow, FlowSet, Eval], ["update"], "finalizers"),
    // The same admission plugin wants `delete` of whoever sets a child's owner.
    rule([ConfigMap, Service], [...READ, ...APPLY, "delete"]),
    rule([Deployment], [...READ, ...APPLY, "delete"]),
    rule([HorizontalPodAutoscaler], [...READ, ...APPLY, "delete"]),
    rule([PodDisruptionBudget], [...READ, ...APPLY, "delete"]),
    rule([NetworkPolicy], [...READ, ...APPLY, "delete"]),
    rule([Job], [...READ, "create", "delete"]),
    rule([CronJob], [...READ, ...APPLY, "delete"]),
    rule([ReplicaSet], READ),
    rule([Pod], READ),
    rule([resources.Secret], watchSecrets ? READ : ["get"]),
    rule([resources.Event], APPLY),
  ];
}

/** What leader election needs in the operator's own namespace. A create cannot be bound to a name. */
export const leaseRules: readonly PolicyRule[] = [
  rule([resources.Lease], ["create"]),
  { ...rule([resources.Lease], ["get", "update"]), resourceNames: [OPERATOR_LEASE] },
];

/** What it takes to see whether genkit-operator 0.5.0 still runs. */
export const legacyLeaseRules: readonly PolicyRule[] = [
  { ...rule([resources.Lease], ["get"]), resourceNames: [LEGACY_LEASE] },
];

/** What `--metrics-auth` needs to ask who calls, and whether they may. */
export const metricsAuthRules: readonly PolicyRule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];

/** What a Prometheus needs to read metrics under `--metrics-auth`. */
export const metricsReaderRules: readonly PolicyRule[] = [
  { nonResourceURLs: ["/metrics"], verbs: ["get"] },
];

/** The roles of people, by name; each has what those before it have. */
export const userRules = {
  viewer: [rule(kinds, READ), rule(scalable(), ["get"], "scale")],
  editor: [
    rule(kinds, ["create", "update", "patch", "delete", "deletecollection"]),
    rule(scalable(), ["update", "patch"], "scale"),
  ],
  admin: [rule(kinds, ["update", "patch"], "status"), rule(kinds, ["update"], "finalizers")],
} satisfies Record<string, PolicyRule[]>;

function scalable(): Resource[] {
  return [customKinds.Flow, customKinds.FlowSet];
}

/** One rule over resources of one group, or over a subresource of each. */
function rule(targets: readonly Resource[], verbs: string[], subresource?: string): PolicyRule {
  const suffix = subresource === undefined ? "" : `/${subresource}`;
  return {
    apiGroups: [...new Set(targets.map(({ group }) => group))],
    resources: targets.map(({ plural }) => plural + suffix),
    verbs,
  };
}
