import type { Lookup } from "../../shared/flows/lookup.ts";
import type { CustomObject } from "../../shared/api/kinds.ts";
import type { Reason } from "../../shared/reason.ts";
import type { KubernetesObject, ObjectName } from "../kubernetes/object.ts";
import type { Resource } from "../kubernetes/resource.ts";

/**
 * What goes wrong, by what helps: `invalid` waits for an edit of the object, `blocked` for another
 * object to appear or change, `conflict` is tried again at once, `transient` with growing waits.
 */
export type FailureKind = "invalid" | "blocked" | "conflict" | "transient";

/** One thing that stands in the way of an object. */
export interface Failure {
  failure: FailureKind;
  reason: Reason;
  /** For people; names the object at fault. */
  message: string;
}

/** What a controller wants to be true of one object. Plain data: only the engine writes. */
export interface Desired {
  /** The children, in the order in which they are applied; null leaves all as they are. */
  children: KubernetesObject[] | null;
  /** Owned objects that are not wanted any more, and must stay a while: something running uses them. */
  retain?: { kind: string; name: string }[];
  /** The kind's own status fields; null removes one. Conditions are the engine's. */
  status: Record<string, unknown>;
  failures: Failure[];
  /** What is still under way, where nothing stands in its way. */
  progress?: { reason: Reason; message: string } | undefined;
  /** What Ready says once nothing fails and nothing is under way. */
  ready: { reason: Reason; message: string };
  /** Whether something older than what is wanted serves on: Degraded says so. */
  degraded?: boolean;
  /** Warnings for people that do not stand in the way; each becomes an Event. */
  warnings?: { reason: Reason; message: string }[];
  /** When to look again, in milliseconds, although nothing changed. */
  requeueAfter?: number | undefined;
}

/** The data of a Secret or ConfigMap that was read by its name. */
export interface NamedData {
  uid: string;
  resourceVersion: string;
  /** Values by key, decoded. A Secret's values that are no UTF-8 are given as base64. */
  data: Record<string, string>;
}

/**
 * Reads for one reconciliation. Every read is remembered, of missing objects too: when what it gave
 * changes, the object is reconciled again.
 */
export interface TrackingReader extends Lookup {
  /** A child or other object of the cache. */
  object(resource: Pick<Resource, "kind">, name: ObjectName): KubernetesObject | undefined;
  /** The objects of a resource in a namespace that carry a label's value. */
  labelled(
    resource: Pick<Resource, "kind">,
    namespace: string,
    label: string,
    value: string,
  ): KubernetesObject[];
  /** All objects of a resource in a namespace. */
  inNamespace(resource: Pick<Resource, "kind">, namespace: string): KubernetesObject[];
  /** A Secret of a stranger, read by its name; undefined where there is none. */
  secret(namespace: string, name: string): Promise<NamedData | undefined>;
  /** A ConfigMap of a stranger, read by its name; undefined where there is none. */
  configMap(namespace: string, name: string): Promise<NamedData | undefined>;
}

/** What is made of the objects of one kind. */
export interface Controller<T extends CustomObject = CustomObject> {
  kind: T["kind"];
  /** The resources of its children; owned objects among them that are not wanted are removed. */
  owns: Resource[];
  reconcile(object: T, read: TrackingReader): Desired | Promise<Desired>;
}
