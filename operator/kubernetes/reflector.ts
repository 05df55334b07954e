import { controllerOf, type KubernetesObject, type ObjectName } from "./object.ts";
import { apiVersionOf, type Resource } from "./resource.ts";
import { type WatcherEvent, type WatcherOptions, watchObjects } from "./watcher.ts";

/** A change of the objects that a {@linkcode Reflector} keeps. */
export interface Change {
  type: "applied" | "deleted";
  /** For a deletion, the object as it was last seen. */
  object: KubernetesObject;
  /** The object before the change. */
  previous: KubernetesObject | undefined;
}

/** What {@linkcode Reflector} works with. */
export interface ReflectorOptions extends Omit<WatcherOptions, "signal"> {
  /** The labels by which objects can be found. */
  labels?: readonly string[];
  /** Gives what is to be kept of an object. */
  transform?(object: KubernetesObject): KubernetesObject;
  /** Told of every change, after the store has it; of the first list too. */
  onChange?(change: Change): void;
  /** Told of every list's resourceVersion, after its changes. */
  onListed?(resourceVersion: string): void;
}

/** Keeps the objects of a resource in memory, as a watch brings them. */
export class Reflector {
  readonly resource: Resource;
  readonly #options: ReflectorOptions;
  readonly #objects = new Map<string, KubernetesObject>();
  /** Names by namespace, owner's uid and label. */
  readonly #index = new Map<string, Set<string>>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.resource = options.resource;
  }

  /** Fulfilled once the first list is here. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether the first list is here. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Keeps the objects up to date until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const event of watchObjects({ ...this.#options, signal })) this.#take(event);
  }

  /** Gives one object. */
  get(name: ObjectName): KubernetesObject | undefined {
    return this.#objects.get(nameText(name));
  }

  /** Gives the objects of a namespace, or all. */
  list(namespace?: string): KubernetesObject[] {
    return namespace === undefined ? [...this.#objects.values()] : this.#found(`ns ${namespace}`);
  }

  /** Gives the objects that an owner controls. */
  owned(uid: string): KubernetesObject[] {
    return this.#found(`owner ${uid}`);
  }

  /** Gives the objects of a namespace that carry a label's value; the label must be indexed. */
  labelled(namespace: string, label: string, value: string): KubernetesObject[] {
    return this.#found(`label ${namespace} ${label}=${value}`);
  }

  #take(event: WatcherEvent): void {
    if (event.type === "listed") {
      this.#replace(event.objects.map((object) => this.#kept(object)));
      this.#options.onListed?.(event.resourceVersion);
    } else if (event.type === "applied") this.#set(this.#kept(event.object));
    else this.#delete(this.#kept(event.object));
  }

  /** Takes a list: all that it does not have is gone, even where its name was given to another. */
  #replace(objects: KubernetesObject[]): void {
    const listed = new Set(objects.map(identity));
    for (const known of [...this.#objects.values()]) {
      if (!listed.has(identity(known))) this.#delete(known);
    }
    for (const object of objects) {
      const known = this.get(object.metadata);
      if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) this.#set(object);
    }
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #kept(object: KubernetesObject): KubernetesObject {
    const { resource, transform = (object) => object } = this.#options;
    // Lists leave out what is the same for all of their objects.
    return transform({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind });
  }

  #set(object: KubernetesObject): void {
    const name = nameText(object.metadata);
    const previous = this.#forget(name);
    this.#objects.set(name, object);
    for (const key of this.#keys(object)) {
      const names = this.#index.get(key);
      if (names === undefined) this.#index.set(key, new Set([name]));
      else names.add(name);
    }
    this.#options.onChange?.({ type: "applied", object, previous });
  }

  #delete(object: KubernetesObject): void {
    const previous = this.#forget(nameText(object.metadata));
    this.#options.onChange?.({ type: "deleted", object, previous });
  }

  #forget(name: string): KubernetesObject | undefined {
    const known = this.#objects.get(name);
    if (known !== undefined) { for (const key of this.#keys(known)) this.#unindex(key, name); }
    this.#objects.delete(name);
    return known;
  }

  #keys(object: KubernetesObject): string[] {
    const { namespace, labels = {} } = object.metadata;
    const owner = controllerOf(object);
    return [
      `ns ${namespace}`,
      ...owner === undefined ? [] : [`owner ${owner.uid}`],
      ...(this.#options.labels ?? []).flatMap((label) =>
        labels[label] === undefined ? [] : [`label ${namespace} ${label}=${labels[label]}`]
      ),
    ];
  }

  #unindex(key: string, name: string): void {
    const names = this.#index.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#index.delete(key);
  }

  #found(key: string): KubernetesObject[] {
    return [...this.#index.get(key) ?? []].map((name) => this.#objects.get(name)!);
  }
}

function nameText({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function identity({ metadata }: KubernetesObject): string {
  return `${nameText(metadata)}/${metadata.uid}`;
}
