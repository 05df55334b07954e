import type { KubernetesObject } from "../kubernetes/object.ts";
import { showObject } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

/** Whether a Flow and a FlowSet have one name: both would want the same Deployment and Service. */
export function checkNames(objects: readonly KubernetesObject[]): Finding[] {
  const check = "names";
  const servers = objects.filter(({ kind }) => kind === "Flow" || kind === "FlowSet");
  const byName = Map.groupBy(
    servers,
    ({ metadata: { namespace, name } }) => `${namespace}/${name}`,
  );
  const collisions = [...byName.values()].filter(({ length }) => length > 1);
  if (collisions.length === 0) {
    return [{ level: "ok", check, message: "no Flow and FlowSet share a name" }];
  }
  return collisions.map((pair) => {
    const [older, younger] = pair.toSorted((a, b) => age(a) - age(b)) as [
      KubernetesObject,
      KubernetesObject,
    ];
    return {
      level: "fail",
      check,
      message: `${showObject(older)} and the ${younger.kind} share a name: the older, the ` +
        `${older.kind}, will have the pods, and the other will be Stalled`,
      help: `Make the ${younger.kind} again under another name, and delete this one`,
    };
  });
}

function age({ metadata: { creationTimestamp = "" } }: KubernetesObject): number {
  return Date.parse(creationTimestamp);
}
