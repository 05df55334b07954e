import type { KubernetesObject, ObjectName } from "../kubernetes/object.ts";
import type { Resource } from "../kubernetes/resource.ts";
import type { Store } from "./store.ts";

/**
 * The stores of all resources, with the engine's own writes laid over them until the watch has
 * brought them: what was just written is never read as it was before.
 */
export class Cache {
  readonly #stores: ReadonlyMap<string, Store>;
  /** What was written, by kind and name. */
  readonly #written = new Map<string, Map<string, KubernetesObject>>();
  /** The version up to which the watch of a kind has told everything, by kind. */
  readonly #reached = new Map<string, string>();

  /** Takes the stores by kind. */
  constructor(stores: ReadonlyMap<string, Store>) {
    this.#stores = stores;
  }

  get({ kind }: Pick<Resource, "kind">, name: ObjectName): KubernetesObject | undefined {
    return this.#written.get(kind)?.get(nameText(name)) ?? this.#store(kind).get(name);
  }

  list({ kind }: Pick<Resource, "kind">, namespace?: string): KubernetesObject[] {
    return this.#overlay(
      kind,
      this.#store(kind).list(namespace),
      (object) => namespace === undefined || object.metadata.namespace === namespace,
    );
  }

  owned({ kind }: Pick<Resource, "kind">, uid: string): KubernetesObject[] {
    return this.#overlay(
      kind,
      this.#store(kind).owned(uid),
      (object) =>
        object.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid) ===
          true,
    );
  }

  labelled(
    { kind }: Pick<Resource, "kind">,
    namespace: string,
    label: string,
    value: string,
  ): KubernetesObject[] {
    return this.#overlay(
      kind,
      this.#store(kind).labelled(namespace, label, value),
      (object) =>
        object.metadata.namespace === namespace && object.metadata.labels?.[label] === value,
    );
  }

  /**
   * Lays an object that a write gave over the store, unless the watch has come past it: then the store
   * knows better, and it may be gone again.
   */
  wrote({ kind }: Pick<Resource, "kind">, object: KubernetesObject): void {
    const seen = this.#store(kind).get(object.metadata);
    if (seen !== undefined && !isNewer(versionOf(object), versionOf(seen))) return;
    const reached = this.#reached.get(kind);
    if (reached !== undefined && !isNewer(versionOf(object), reached)) return;
    let written = this.#written.get(kind);
    if (written === undefined) this.#written.set(kind, written = new Map());
    written.set(nameText(object.metadata), object);
  }

  /**
   * Takes away what was laid over an object, once the watch has brought it or a later one. Gives
   * whether it is the very version that was written, so that nothing in it is news.
   */
  saw({ kind }: Pick<Resource, "kind">, object: KubernetesObject, deleted: boolean): boolean {
    this.#reach(kind, versionOf(object));
    const written = this.#written.get(kind);
    const name = nameText(object.metadata);
    const laid = written?.get(name);
    if (laid === undefined) return false;
    if (
      isNewer(versionOf(laid), versionOf(object)) &&
      !(deleted && laid.metadata.uid === object.metadata.uid)
    ) {
      return false;
    }
    written!.delete(name);
    return !deleted && laid.metadata.resourceVersion === object.metadata.resourceVersion;
  }

  /**
   * Takes away what was laid over and is not newer than a list that the store has taken. Gives what of
   * it is gone: it is in no list and was in no watch, so that nothing else tells.
   */
  listed({ kind }: Pick<Resource, "kind">, resourceVersion: string): KubernetesObject[] {
    this.#reach(kind, resourceVersion);
    const written = this.#written.get(kind) ?? new Map<string, KubernetesObject>();
    const over = [...written.values()].filter((laid) => !isNewer(versionOf(laid), resourceVersion));
    for (const { metadata } of over) written.delete(nameText(metadata));
    return over.filter(({ metadata }) => this.#store(kind).get(metadata) === undefined);
  }

  #reach(kind: string, version: string): void {
    if (!VERSION.test(version)) return;
    const reached = this.#reached.get(kind);
    if (reached === undefined || isNewer(version, reached)) this.#reached.set(kind, version);
  }

  #store(kind: string): Store {
    const store = this.#stores.get(kind);
    if (store === undefined) throw new Error(`The operator does not watch the kind "${kind}"`);
    return store;
  }

  #overlay(
    kind: string,
    stored: KubernetesObject[],
    belongs: (object: KubernetesObject) => boolean,
  ): KubernetesObject[] {
    const written = this.#written.get(kind);
    if (written === undefined || written.size === 0) return stored;
    const under = stored.filter(({ metadata }) => !written.has(nameText(metadata)));
    return [...under, ...[...written.values()].filter(belongs)];
  }
}

/**
 * Whether `a` is a later version than `b`. Versions are whole numbers that grow: KEP-5504, stated
 * from Kubernetes 1.35 on, and so in every version before it that stores in etcd. Of others nobody
 * knows: false, so that what is laid over goes too soon, which costs a second write, and never stays.
 */
function isNewer(a: string, b: string): boolean {
  if (!VERSION.test(a) || !VERSION.test(b)) return false;
  return a.length === b.length ? a > b : a.length > b.length;
}

const VERSION = /^\d+$/;

function versionOf({ metadata: { resourceVersion = "" } }: KubernetesObject): string {
  return resourceVersion;
}

function nameText({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}
