import type { KubernetesObject, ObjectName } from "../kubernetes/object.ts";

/** The objects of one resource, as they were last seen. */
export interface Store {
  get(name: ObjectName): KubernetesObject | undefined;
  list(namespace?: string): KubernetesObject[];
  /** The objects that an owner controls. */
  owned(uid: string): KubernetesObject[];
  /** The objects of a namespace that carry a label's value; the label must be indexed. */
  labelled(namespace: string, label: string, value: string): KubernetesObject[];
}
