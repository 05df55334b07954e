import { Cache } from "../../../operator/engine/cache.ts";
import type { NamedData, TrackingReader } from "../../../operator/engine/controller.ts";
import { trackingReader } from "../../../operator/engine/tracking_reader.ts";
import { trimmedObject } from "../../../operator/engine/trimmed_object.ts";
import type { Store } from "../../../operator/engine/store.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import type { CustomObject } from "../../../shared/api/kinds.ts";
import { WATCHED } from "../../../operator/watched.ts";

/** The namespace of every object that {@linkcode object} makes. */
export const NAMESPACE = "demo";

/** An object as the API server gives it, in {@linkcode NAMESPACE}; its uid is `<kind>-<name>`. */
export function object(
  kind: string,
  name: string,
  rest: Record<string, unknown> = {},
  metadata: Partial<KubernetesObject["metadata"]> = {},
): KubernetesObject {
  return {
    apiVersion: API_VERSIONS[kind] ?? "genkit.dev/v1alpha1",
    kind,
    metadata: { name, namespace: NAMESPACE, uid: `${kind}-${name}`, ...metadata },
    ...rest,
  };
}

const API_VERSIONS: Record<string, string> = {
  ConfigMap: "v1",
  CronJob: "batch/v1",
  Deployment: "apps/v1",
  Job: "batch/v1",
  Secret: "v1",
};

/**
 * The engine's reader over a list of objects instead of a cluster; Secrets and ConfigMaps are
 * written as plain `data`. `reads` is every target that was read, as operator/engine/targets.ts
 * spells it.
 */
export function fakeReader(
  objects: readonly KubernetesObject[],
): TrackingReader & { reads: string[] } {
  const seen = objects.map(trimmedObject);
  const stores = WATCHED.map(({ resource }) =>
    [resource.kind, storeOf(resource.kind, seen)] as const
  );
  const named = (kind: string) => ({
    read: (namespace: string, name: string) =>
      Promise.resolve(dataOf(objects.find((each) => is(each, kind, namespace, name)))),
  });
  const reads: string[] = [];
  const reader = trackingReader({
    cache: new Cache(new Map(stores)),
    secrets: named("Secret"),
    configMaps: named("ConfigMap"),
  }, { read: (target) => reads.push(target), end: () => {} });
  return { ...reader, reads };
}

/** Gives an object as controllers get it: checked, with its defaults. */
export function asReconciled<T extends CustomObject>(object: KubernetesObject): T {
  return trimmedObject(object) as unknown as T;
}

function storeOf(kind: string, objects: readonly KubernetesObject[]): Store {
  const list = (namespace?: string) =>
    objects.filter((object) =>
      object.kind === kind && (namespace ?? object.metadata.namespace) === object.metadata.namespace
    );
  return {
    list,
    get: ({ namespace, name }) => list(namespace).find(({ metadata }) => metadata.name === name),
    owned: (uid) =>
      list().filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid)),
    labelled: (namespace, label, value) =>
      list(namespace).filter(({ metadata }) => metadata.labels?.[label] === value),
  };
}

function is({ kind, metadata }: KubernetesObject, ...[k, namespace, name]: string[]): boolean {
  return kind === k && metadata.namespace === namespace && metadata.name === name;
}

function dataOf(object: KubernetesObject | undefined): NamedData | undefined {
  if (object === undefined) return undefined;
  const { uid = "", resourceVersion = "" } = object.metadata;
  return { uid, resourceVersion, data: object.data as Record<string, string> };
}
