import { customKinds } from "../shared/api/kinds.ts";
import type { Resource } from "./kubernetes/resource.ts";
import { resources } from "./kubernetes/resources.ts";
import { MANAGED_BY, MANAGER } from "./render/labels.ts";

/** A resource that the operator keeps in memory. */
export interface Watched {
  resource: Resource;
  /** Which of its objects; all where it is absent. */
  labelSelector?: string;
}

const ours = `${MANAGED_BY}=${MANAGER}`;

/** Everything that is kept in memory: the own kinds, their children, and what children run as. */
export const WATCHED: readonly Watched[] = [
  ...Object.values(customKinds).map((resource) => ({ resource })),
  ...[
    resources.ConfigMap,
    resources.Service,
    resources.Deployment,
    resources.ReplicaSet,
    resources.Pod,
    resources.PodDisruptionBudget,
    resources.NetworkPolicy,
    resources.Job,
    resources.CronJob,
  ].map((resource) => ({ resource, labelSelector: ours })),
  // Anybody's autoscaler may have the say over a Deployment of ours.
  { resource: resources.HorizontalPodAutoscaler },
];

/** Which ConfigMaps are somebody else's: of those, only metadata is watched. */
export const NOT_OURS = `${MANAGED_BY}!=${MANAGER}`;
