/** Any object of the Kubernetes API, as JSON. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The metadata of an object, as far as genkitd reads it. Times are RFC 3339 texts. */
export interface ObjectMeta {
  name: string;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  generation?: number | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  creationTimestamp?: string | undefined;
  deletionTimestamp?: string | undefined;
  finalizers?: string[] | undefined;
  ownerReferences?: OwnerReference[] | undefined;
  managedFields?: ManagedFields[] | undefined;
}

/** An object that another one belongs to; at most one of an object's is its controller. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** The fields that one manager set. */
export interface ManagedFields {
  manager?: string | undefined;
  operation?: string | undefined;
  apiVersion?: string | undefined;
  time?: string | undefined;
  fieldsType?: string | undefined;
  /** The set of fields, as nested objects whose keys are `f:<field>`, `k:{…}`, `v:…` and `.`. */
  fieldsV1?: Record<string, unknown> | undefined;
  subresource?: string | undefined;
}

/** The name of an object among those of its resource. */
export interface ObjectName {
  /** Absent for objects of the cluster. */
  namespace?: string | undefined;
  name: string;
}

/** Gives the owner that controls an object, if it has one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
