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

/** Gives an object of which a condition is true as it is now, else undefined. */
export function ifTrue(
  object: KubernetesObject | undefined,
  type: Condition["type"],
): KubernetesObject | undefined {
  return condition(object, type)?.status === "True" ? object : undefined;
}
