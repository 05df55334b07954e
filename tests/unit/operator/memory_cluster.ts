import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { Client, Selection, WatchEvent } from "../../../operator/kubernetes/client.ts";
import type { KubernetesObject, ObjectName } from "../../../operator/kubernetes/object.ts";
import { MANAGED_BY, MANAGER } from "../../../operator/render/labels.ts";

type Fields = Record<string, unknown>;

/** One open watch. */
interface Watch {
  kind: string;
  selection: Selection;
  events: WatchEvent[];
  /** Whether the server has forgotten its place. */
  expired: boolean;
  wake(): void;
}

/**
 * An API server in memory: it checks nothing, knows one field manager, whose lists are all atomic, and
 * understands of selectors what the operator uses.
 */
export class MemoryCluster implements Client {
  /** Writes by the operator, as `<verb> <kind> <namespace>/<name>`. */
  readonly writes: string[] = [];
  readonly #objects = new Map<string, Map<string, KubernetesObject>>();
  readonly #watches = new Set<Watch>();
  readonly #held = new Set<string>();
  readonly #fail: () => ApiError | undefined;
  #version = 0;

  /** Takes what gives the error that a write is to fail with, if it is to. */
  constructor(fail: () => ApiError | undefined = () => undefined) {
    this.#fail = fail;
  }

  /** Creates or replaces an object, as somebody else would; gives it as it is then. */
  put(object: KubernetesObject): KubernetesObject {
    const of = this.#of(object.kind);
    const name = nameOf(object.metadata);
    const before = of.get(name);
    const generation = before?.metadata.generation ?? 0;
    const metadata = {
      ...object.metadata,
      uid: before?.metadata.uid ?? `uid-${this.#version}`,
      creationTimestamp: before?.metadata.creationTimestamp ?? "2026-01-01T00:00:00Z",
      generation: same(before?.spec, object.spec) ? generation : generation + 1,
    };
    const next = { status: before?.status, ...object, metadata } as KubernetesObject;
    if (before !== undefined && same(withoutVersion(before), withoutVersion(next))) return before;
    next.metadata.resourceVersion = String(++this.#version);
    of.set(name, next);
    this.#tell(before === undefined ? "ADDED" : "MODIFIED", next);
    return next;
  }

  /** Removes an object, and what it owns. Gives whether it was there. */
  remove(kind: string, name: ObjectName): boolean {
    const object = this.#of(kind).get(nameOf(name));
    if (object === undefined) return false;
    this.#of(kind).delete(nameOf(name));
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#tell("DELETED", { ...object, metadata });
    for (const [kind, objects] of this.#objects) {
      for (const { metadata: owned } of [...objects.values()]) {
        if (owned.ownerReferences?.some(({ uid }) => uid === metadata.uid)) {
          this.remove(kind, owned);
        }
      }
    }
    return true;
  }

  /** Tells the open watches of a kind nothing any more, until they expire. */
  hold(kind: string): void {
    this.#held.add(kind);
  }

  /** Ends the open watches of a kind with 410: what they have not brought, only a list brings. */
  expire(kind: string): void {
    this.#held.delete(kind);
    for (const watch of this.#watches) {
      if (watch.kind !== kind) continue;
      watch.expired = true;
      watch.wake();
    }
  }

  /** Gives an object as it is. */
  find(kind: string, name: ObjectName): KubernetesObject | undefined {
    return this.#of(kind).get(nameOf(name));
  }

  get: Client["get"] = ({ kind }, name) => Promise.resolve(this.find(kind, name));

  list: Client["list"] = ({ kind }, selection = {}) => {
    const items = [...this.#of(kind).values()].filter((object) => isSelected(object, selection));
    return Promise.resolve({ items, resourceVersion: String(this.#version) });
  };

  create: Client["create"] = (_, object) =>
    this.#write("create", object, () => {
      if (this.find(object.kind, object.metadata) === undefined) return this.put(object);
      throw new ApiError("exists", { status: 409, reason: "AlreadyExists" });
    });

  update: Client["update"] = () => Promise.reject(new Error("nobody updates"));

  apply: Client["apply"] = (_, object, { fieldManager: manager }) =>
    this.#write("apply", object, () => {
      const { labels, ownerReferences } = object.metadata;
      const fieldsV1 = fieldsOf({ ...object, metadata: { labels, ownerReferences } });
      const managedFields = [{ manager, operation: "Apply", fieldsV1 }];
      return this.put({ ...object, metadata: { ...object.metadata, managedFields } });
    });

  mergePatch: Client["mergePatch"] = ({ kind }, name, patch) =>
    this.#write("patch", { kind, metadata: name }, () => {
      const object = this.find(kind, name);
      if (object === undefined) throw new ApiError("not found", { status: 404 });
      const { finalizers = object.metadata.finalizers, resourceVersion } = (patch.metadata ??
        {}) as Fields;
      if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
        throw new ApiError("the object has been modified", { status: 409 });
      }
      const metadata = { ...object.metadata, finalizers } as KubernetesObject["metadata"];
      const status = merged(object.status, patch.status ?? {});
      return this.put({ ...object, metadata, status });
    });

  delete: Client["delete"] = ({ kind }, name) =>
    this.#write("delete", { kind, metadata: name }, () => this.remove(kind, name));

  watch: Client["watch"] = ({ kind }, selection, { signal }) => {
    const watch: Watch = { kind, selection, events: [], expired: false, wake: () => {} };
    this.#watches.add(watch);
    return this.#events(watch, signal!);
  };

  async *#events(watch: Watch, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    signal.addEventListener("abort", () => watch.wake(), { once: true });
    while (!signal.aborted && !watch.expired) {
      yield* watch.events.splice(0);
      if (watch.events.length > 0 || watch.expired || signal.aborted) continue;
      await new Promise<void>((resolve) => watch.wake = resolve);
    }
    this.#watches.delete(watch);
    if (watch.expired) throw new ApiError("too old", { status: 410, reason: "Expired" });
  }

  // A write takes a turn of the event loop, as one over the network does.
  async #write<T>(
    verb: string,
    { kind, metadata }: Pick<KubernetesObject, "kind"> & { metadata: ObjectName },
    write: () => T,
  ): Promise<T> {
    await Promise.resolve();
    const error = this.#fail();
    if (error !== undefined) throw error;
    this.writes.push(`${verb} ${kind} ${nameOf(metadata)}`);
    return write();
  }

  #of(kind: string): Map<string, KubernetesObject> {
    let objects = this.#objects.get(kind);
    if (objects === undefined) this.#objects.set(kind, objects = new Map());
    return objects;
  }

  #tell(type: "ADDED" | "MODIFIED" | "DELETED", object: KubernetesObject): void {
    if (this.#held.has(object.kind)) return;
    for (const watch of this.#watches) {
      if (watch.kind !== object.kind || !isSelected(object, watch.selection)) continue;
      watch.events.push({ type, object });
      watch.wake();
    }
  }
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function isSelected({ metadata: { labels } }: KubernetesObject, { labelSelector }: Selection) {
  const ours = labels?.[MANAGED_BY] === MANAGER;
  return labelSelector === undefined || ours === (labelSelector === `${MANAGED_BY}=${MANAGER}`);
}

function withoutVersion({ metadata, ...rest }: KubernetesObject): unknown {
  return { ...rest, metadata: { ...metadata, resourceVersion: undefined } };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The fields of an object as managedFields tell them; lists as a whole. */
function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(fields.map(([name, inner]) => [`f:${name}`, fieldsOf(inner)]));
}

/** RFC 7386. */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(isFields(before) ? before : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
