import { GROUP } from "../../shared/api/kind.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Client } from "../kubernetes/client.ts";
import { controllerOf } from "../kubernetes/object.ts";
import type { Change } from "../kubernetes/reflector.ts";
import type { Resource } from "../kubernetes/resource.ts";
import { resources } from "../kubernetes/resources.ts";
import { Cache } from "./cache.ts";
import { ChildWriter, type ChildWriterOptions } from "./child_writer.ts";
import type { Controller } from "./controller.ts";
import { Edges } from "./edges.ts";
import { keyText } from "./key.ts";
import { NamedDataReader } from "./named_data.ts";
import { Reconciler, type ReconcilerOptions } from "./reconciler.ts";
import type { Store } from "./store.ts";
import { dataOf, targets } from "./targets.ts";
import { traced } from "../trace.ts";
import { trackingReader } from "./tracking_reader.ts";
import { type RunResult, WorkQueue } from "./work_queue.ts";

/** What the {@linkcode Engine} works with. */
export interface EngineOptions {
  client: Client;
  controllers: readonly Controller[];
  /** The stores of everything that is watched, by kind. */
  stores: ReadonlyMap<string, Store>;
  /** The labels that are read with {@linkcode TrackingReader.labelled}. */
  labels: readonly string[];
  manager: string;
  workers: number;
  clock: Clock;
  now(): number;
  random(): number;
  notify: ReconcilerOptions["notify"];
  onGone: ReconcilerOptions["onGone"];
  /** Told of every reconciliation and how long it took, in seconds. */
  onReconciled(key: string, result: RunResult["next"], seconds: number): void;
  onWrite: ChildWriterOptions["onWrite"];
  onError: ReconcilerOptions["onError"];
  /** Whether a watch of metadata tells of changes of Secrets; else they are read again by time. */
  secretsAreWatched: boolean;
}

/** How often Secrets are read again where no watch tells of changes, in milliseconds. */
const SECRET_INTERVAL = 60_000;

/** Reconciles objects when they, their children, or anything that was read for them changes. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #cache: Cache;
  readonly #edges = new Edges((target) => this.#unread(target));
  readonly #queue: WorkQueue;
  readonly #kinds: ReadonlySet<string>;
  readonly #secrets: NamedDataReader;
  readonly #configMaps: NamedDataReader;
  /** When an object, or one that it refers to, was last edited: Secrets are read again after that. */
  readonly #edited = new Map<string, number>();

  constructor(options: EngineOptions) {
    this.#options = options;
    const { client, controllers, stores, manager, clock, random } = options;
    this.#kinds = new Set(controllers.map(({ kind }) => kind));
    this.#cache = new Cache(stores);
    this.#secrets = this.#data(
      resources.Secret,
      options.secretsAreWatched ? undefined : SECRET_INTERVAL,
    );
    this.#configMaps = this.#data(resources.ConfigMap, undefined);
    const reconciler = new Reconciler({
      ...options,
      cache: this.#cache,
      edges: this.#edges,
      children: new ChildWriter({ client, cache: this.#cache, manager, onWrite: options.onWrite }),
      reader: (run, key) =>
        trackingReader(
          { cache: this.#cache, secrets: this.#secrets, configMaps: this.#configMaps },
          run,
          this.#edited.get(key),
        ),
      onGone: (key) => {
        this.#edited.delete(key);
        options.onGone(key);
      },
    });
    this.#queue = new WorkQueue({
      workers: options.workers,
      clock,
      random,
      run: (key) =>
        traced("reconcile", { object: key }, async (set) => {
          const began = clock.now();
          const result = await reconciler.run(key);
          set("result", result.next);
          options.onReconciled(key, result.next, (clock.now() - began) / 1000);
          return result;
        }),
    });
  }

  /** How many keys wait for a worker, for how many seconds the first has, and how many run. */
  get queue(): { depth: number; age: number; running: number } {
    const { depth, age, running } = this.#queue;
    return { depth, age: age / 1000, running };
  }

  /** Takes a change that the watch of a resource brought. */
  changed(resource: Resource, { type, object, previous }: Change): void {
    const { kind } = resource;
    const ours = this.#cache.saw(resource, object, type === "deleted");
    const { namespace = "", name, labels = {} } = object.metadata;
    if (this.#kinds.has(kind)) {
      const key = keyText({ kind, namespace, name });
      // A new status makes no difference to those that refer to an object.
      const same = type === "applied" && previous !== undefined &&
        previous.metadata.uid === object.metadata.uid &&
        previous.metadata.generation === object.metadata.generation &&
        previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp;
      if (!same) {
        const readers = [...this.#edges.readersOf(targets.object(kind, namespace, name))];
        const now = this.#options.clock.now();
        for (const reader of [key, ...readers]) this.#edited.set(reader, now);
        for (const reader of readers) this.#queue.add(reader);
      }
      if (!ours) this.#queue.add(key);
      return;
    }
    if (ours) return;
    const owner = controllerOf(object);
    if (owner !== undefined && this.#kinds.has(owner.kind) && isOurs(owner.apiVersion)) {
      this.#queue.add(keyText({ kind: owner.kind, namespace, name: owner.name }));
    }
    this.#wake(targets.object(kind, namespace, name));
    this.#wake(targets.namespace(kind, namespace));
    for (const label of this.#options.labels) {
      const value = labels[label];
      if (value !== undefined) this.#wake(targets.labelled(kind, namespace, label, value));
    }
  }

  /**
   * Takes the version of a list, after the changes that it brought. What we wrote and somebody deleted
   * between two watches is in neither, so that no change tells of it.
   */
  listed(resource: Resource, resourceVersion: string): void {
    for (const object of this.#cache.listed(resource, resourceVersion)) {
      this.changed(resource, { type: "deleted", object, previous: undefined });
    }
  }

  /** Takes the news that a Secret or ConfigMap of a stranger changed. */
  dataChanged(kind: "Secret" | "ConfigMap", namespace: string, name: string): void {
    void this.#reader(kind).touch(namespace, name);
  }

  /** Starts to reconcile: everything that is there, then what changes. */
  start(): void {
    for (const kind of this.#kinds) {
      for (const { metadata: { namespace = "", name } } of this.#cache.list({ kind })) {
        this.#queue.add(keyText({ kind, namespace, name }));
      }
    }
    this.#queue.start();
  }

  /** Stops, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#secrets.stop();
    this.#configMaps.stop();
    await this.#queue.stop();
  }

  /** Reconciles an object again, for a reason that no watch tells. */
  requeue(key: string): void {
    this.#queue.add(key);
  }

  #wake(target: string): void {
    for (const reader of this.#edges.readersOf(target)) this.#queue.add(reader);
  }

  /** What nobody reads is told of no more, so that whoever reads it next must ask anew. */
  #unread(target: string): void {
    const data = dataOf(target);
    if (data !== undefined) this.#reader(data.kind).forget(data.namespace, data.name);
  }

  #reader(kind: string): NamedDataReader {
    return kind === "Secret" ? this.#secrets : this.#configMaps;
  }

  #data(resource: Resource, interval: number | undefined): NamedDataReader {
    const { client, clock, random, onError } = this.#options;
    const target = (namespace: string, name: string) =>
      targets.data(resource.kind, namespace, name);
    return new NamedDataReader({
      client,
      resource,
      clock,
      random,
      interval,
      onChange: (namespace, name) => this.#wake(target(namespace, name)),
      onError: (error) => onError(resource.kind, error),
      isUsed: (namespace, name) => this.#edges.has(target(namespace, name)),
    });
  }
}

function isOurs(apiVersion: string): boolean {
  return apiVersion.startsWith(`${GROUP}/`);
}
