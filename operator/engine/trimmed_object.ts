import type { KubernetesObject } from "../kubernetes/object.ts";
import { FIELD_MANAGER } from "../render/names.ts";
import { parsedObject } from "./parsed_object.ts";
import { customKinds } from "../../shared/api/kinds.ts";

/**
 * The label that HorizontalPodAutoscalers carry in memory, with the name of the Deployment that they
 * scale, so that they can be found by it. It is never written.
 */
export const SCALE_TARGET = "genkit.dev/scale-target";

/** Gives what the operator keeps in memory of an object. */
export function trimmedObject(object: KubernetesObject): KubernetesObject {
  if (Object.hasOwn(customKinds, object.kind)) return parsedObject(object);
  const { metadata: { managedFields, ...metadata }, ...rest } = object;
  switch (object.kind) {
    case "Pod":
      return { ...rest, metadata: metadata, spec: {}, status: podStatus(object) };
    case "ReplicaSet":
      return { ...rest, metadata, spec: replicaSetSpec(object), status: {} };
    case "HorizontalPodAutoscaler": {
      const target = (object.spec as { scaleTargetRef?: { kind?: string; name?: string } })
        .scaleTargetRef;
      const ours = managedFields?.filter(({ manager }) => manager === FIELD_MANAGER);
      const labels = { ...metadata.labels };
      if (target?.kind === "Deployment") labels[SCALE_TARGET] = target.name ?? "";
      return { ...rest, status: {}, metadata: { ...metadata, labels, managedFields: ours } };
    }
    default: {
      const ours = managedFields?.filter(({ manager }) => manager === FIELD_MANAGER);
      return { ...rest, metadata: { ...metadata, ...ours && { managedFields: ours } } };
    }
  }
}

/** A pod's phase, conditions and containers: what a server's status tells of it. */
function podStatus({ status = {} }: KubernetesObject): Record<string, unknown> {
  const { phase, conditions, containerStatuses } = status as Record<string, unknown>;
  return { phase, conditions, containerStatuses };
}

/** A ReplicaSet's size, and the volumes of its pods, which name the content that they need. */
function replicaSetSpec({ spec }: KubernetesObject): Record<string, unknown> {
  const { replicas, template } = spec as {
    replicas?: number;
    template?: { metadata?: { annotations?: unknown }; spec?: { volumes?: unknown } };
  };
  const { metadata, spec: pod } = template ?? {};
  return {
    replicas,
    template: { metadata: { annotations: metadata?.annotations }, spec: { volumes: pod?.volumes } },
  };
}
