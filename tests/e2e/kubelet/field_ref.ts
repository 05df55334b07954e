import type { Pod } from "./pod.ts";

/**
 * Gives the value of a field of the pod, as the downward API does.
 *
 * @throws {Error} where the test kubelet does not know the field.
 */
export function fieldRef(pod: Pod, podIp: string, fieldPath: string): string {
  const [, field, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath) ?? [];
  if (field !== undefined) return pod.metadata[field as "labels" | "annotations"]?.[key!] ?? "";
  const { name, namespace, uid, labels, annotations } = pod.metadata;
  const values: Record<string, string> = {
    "metadata.name": name,
    "metadata.namespace": namespace,
    "metadata.uid": uid,
    "metadata.labels": lines(labels),
    "metadata.annotations": lines(annotations),
    "spec.nodeName": pod.spec.nodeName ?? "",
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.podIP": podIp,
    "status.podIPs": podIp,
  };
  const value = values[fieldPath];
  if (value === undefined) throw new Error(`The test kubelet does not know "${fieldPath}"`);
  return value;
}

function lines(map: Record<string, string> = {}): string {
  return Object.entries(map).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join("\n");
}
