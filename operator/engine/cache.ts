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

  /** Lays an object that a write gave over the store. */
  wrote({ kind }: Pick<Resource, "kind">, object: KubernetesObject): void {
    const seen = this.#store(kind).get(object.metadata);
    if (seen !== undefined && !isNewer(object, seen)) return;
    let written = this.#written.get(kind);
    if (written === undefined) this.#written.set(kind, written = new Map());
    written.set(nameText(object.metadata), object);
  }

  /**
   * Takes away what was laid over an object, once the watch has brought it or a later one. Gives
   * whether it is the very version that was written, so that nothing in it is news.
   */
  saw({ kind }: Pick<Resource, "kind">, object: KubernetesObject, deleted: boolean): boolean {
    const written = this.#written.get(kind);
    const name = nameText(object.metadata);
    const laid = written?.get(name);
    if (laid === undefined) return false;
    if (isNewer(laid, object) && !(deleted && laid.metadata.uid === object.metadata.uid)) {
      return false;
    }
    written!.delete(name);
    return !deleted && laid.metadata.resourceVersion === object.metadata.resourceVersion;
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
 * from Kubernetes 1.35 on, and so in every version before it that stores in etcd.
 */
function isNewer(a: KubernetesObject, b: KubernetesObject): boolean {
  const [x = "", y = ""] = [a.metadata.resourceVersion, b.metadata.resourceVersion];
  return x.length === y.length ? x > y : x.length > y.length;
}

function nameText({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}
