import type { Found, Referable } from "../../shared/flows/lookup.ts";
import type { ObjectName } from "../kubernetes/object.ts";
import type { Cache } from "./cache.ts";
import type { NamedData, TrackingReader } from "./controller.ts";
import type { Run } from "./edges.ts";
import { foundObject } from "./parsed_object.ts";
import { targets } from "./targets.ts";

/** What reads are answered from. */
export interface ReadSources {
  cache: Cache;
  secrets: DataSource;
  configMaps: DataSource;
}

/** Reads Secrets or ConfigMaps by name. */
export interface DataSource {
  read(namespace: string, name: string, since?: number): Promise<NamedData | undefined>;
}

/**
 * Makes the reader of one run; every read is noted there. Secrets that no watch tells of are given as
 * they were after `since`.
 */
export function trackingReader(
  { cache, secrets, configMaps }: ReadSources,
  run: Run,
  since?: number,
): TrackingReader {
  const object: TrackingReader["object"] = (resource, name: ObjectName) => {
    run.read(targets.object(resource.kind, name.namespace, name.name));
    return cache.get(resource, name);
  };
  return {
    object,
    find<K extends keyof Referable>(kind: K, namespace: string, name: string) {
      return foundObject(object({ kind }, { namespace, name })) as Found<Referable[K]>;
    },
    // Not noted: names only serve to suggest one, and a missing object is noted by its own name.
    names: (kind, namespace) =>
      cache.list({ kind }, namespace).map(({ metadata }) => metadata.name),
    labelled(resource, namespace, label, value) {
      run.read(targets.labelled(resource.kind, namespace, label, value));
      return cache.labelled(resource, namespace, label, value);
    },
    inNamespace(resource, namespace) {
      run.read(targets.namespace(resource.kind, namespace));
      return cache.list(resource, namespace);
    },
    secret(namespace, name) {
      run.read(targets.data("Secret", namespace, name));
      return secrets.read(namespace, name, since);
    },
    configMap(namespace, name) {
      run.read(targets.data("ConfigMap", namespace, name));
      return configMaps.read(namespace, name, since);
    },
  };
}
