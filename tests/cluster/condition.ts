import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import type { Condition } from "../../shared/api/condition.ts";

/** Gives a condition of an object, if it is about the object as it is now. */
export function condition(
  object: KubernetesObject | undefined,
  type: Condition["type"],
): Condition | undefined {
  const { conditions = [] } = (object?.status ?? {}) as { conditions?: Condition[] };
  const found = conditions.find((condition) => condition.type === type);
  return found?.observedGeneration === object?.metadata.generation ? found : undefined;
}

/** Whether a condition is true of an object as it is now. */
export function isTrue(object: KubernetesObject | undefined, type: Condition["type"]): boolean {
  return condition(object, type)?.status === "True";
}
