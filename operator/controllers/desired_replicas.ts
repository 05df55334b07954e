import type { KubernetesObject } from "../kubernetes/object.ts";
import { FIELD_MANAGER } from "../render/names.ts";
import type { ServerSettings } from "../render/server_owner.ts";

/**
 * Tells how many pods a server's Deployment is to have: nothing where an autoscaler has the say, so
 * that its number is left alone. `live` is the Deployment as it is.
 */
export function desiredReplicas(
  { replicas, suspend, autoscaling }: Pick<ServerSettings, "replicas" | "suspend" | "autoscaling">,
  live: KubernetesObject | undefined,
  autoscalers: readonly KubernetesObject[],
): number | undefined {
  if (suspend === true) return 0;
  if (autoscaling === undefined && autoscalers.length === 0) return replicas;
  // An autoscaler does nothing to a Deployment of no pods: it needs a number to start from.
  const stopped = live === undefined || (replicasOf(live) === 0 && ownsReplicas(live));
  return stopped ? Math.max(1, leastReplicas(autoscaling, autoscalers)) : undefined;
}

function leastReplicas(
  autoscaling: ServerSettings["autoscaling"],
  autoscalers: readonly KubernetesObject[],
): number {
  const spec = autoscalers[0]?.spec as { minReplicas?: number } | undefined;
  return autoscaling?.minReplicas ?? spec?.minReplicas ?? 1;
}

function replicasOf({ spec }: KubernetesObject): number | undefined {
  return (spec as { replicas?: number } | undefined)?.replicas;
}

/** Whether it was us who set the number. */
function ownsReplicas({ metadata }: KubernetesObject): boolean {
  return metadata.managedFields?.some(({ manager, operation, fieldsV1 }) =>
    manager === FIELD_MANAGER && operation === "Apply" &&
    Object.hasOwn((fieldsV1?.["f:spec"] ?? {}) as object, "f:replicas")
  ) ?? false;
}
