import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import type { FlowSource } from "../../shared/api/flow_source.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { condition } from "./condition.ts";
import type { OperatedCluster } from "./operated_cluster.ts";

/** A Prompt as a file; its template is in one line. */
export function promptFile(name: string, content: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: {name: ${name}}
spec:
  content: ${JSON.stringify(content)}
`;
}

/** The template of a Prompt of the cluster. */
export function contentOf(object: KubernetesObject | undefined): string | undefined {
  return (object?.spec as { content?: string } | undefined)?.content;
}

/** The status of a FlowSource, empty where it has none. */
export function statusOf(object: KubernetesObject | undefined): NonNullable<FlowSource["status"]> {
  return (object?.status ?? {}) as NonNullable<FlowSource["status"]>;
}

/** What a FlowSource's Ready says, as `True Synced: …`. */
export function readyOf(object: KubernetesObject | undefined): string {
  const { status, reason, message } = condition(object, "Ready") ?? {};
  return `${status} ${reason}: ${message}`;
}

/** The names of a FlowSource's inventory, such as `Prompt/hello`. */
export function inventoryOf(object: KubernetesObject | undefined): string[] {
  return (statusOf(object).inventory ?? []).map(({ kind, name }) => `${kind}/${name}`);
}

/** A FlowSource in the namespace demo that is read when it is asked for. */
export function flowSource(name: string, spec: object): KubernetesObject {
  return {
    apiVersion: "genkit.dev/v1alpha1",
    kind: "FlowSource",
    metadata: { name, namespace: "demo" },
    spec: { interval: "1h", ...spec },
  };
}

/** Gives what has a FlowSource synced at once, and gives it when that was done. */
export function syncer({ cluster, patch, at }: OperatedCluster) {
  let requests = 0;
  return async (name: string): Promise<KubernetesObject> => {
    const asked = `request-${++requests}`;
    const annotations = { "genkit.dev/reconcile-requested-at": asked };
    await patch("gfsrc", name, { metadata: { annotations } });
    return await cluster.until(
      customKinds.FlowSource,
      at(name),
      (it) => statusOf(it).lastHandledReconcileAt === asked ? it : undefined,
    );
  };
}
