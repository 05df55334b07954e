import type { FlowSource } from "../../shared/api/flow_source.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { showProblems } from "../../shared/api/problem.ts";
import type { Clock } from "../../shared/clock.ts";
import { readDuration } from "../../shared/read_duration.ts";
import { Cache } from "../engine/cache.ts";
import { keyText, parseKey } from "../engine/key.ts";
import { foundObject } from "../engine/parsed_object.ts";
import type { Store } from "../engine/store.ts";
import { type RunResult, WorkQueue } from "../engine/work_queue.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import type { Change } from "../kubernetes/reflector.ts";
import type { Resource } from "../kubernetes/resource.ts";
import { type ActingClient, FlowSourceSync } from "./flow_source_sync.ts";
import type { ObjectApplierOptions } from "./object_applier.ts";
import { RECONCILE_REQUESTED_AT, SOURCE_FINALIZER } from "./source_labels.ts";
import { SourceReading, type SourceReadingOptions } from "./source_reading.ts";
import { StatusWriter, type StatusWriterOptions } from "./status_writer.ts";

/** How a sync ended, for metrics. */
export type SyncResult = "changed" | "unchanged" | "failed";

/** What {@linkcode FlowSources} works with. */
export interface FlowSourcesOptions {
  client: Client;
  clientAs(user: string): ActingClient;
  fetcher: SourceReadingOptions["fetcher"];
  stores: ReadonlyMap<string, Store>;
  /** The namespaces that FlowSources of others may apply to. */
  namespaces: readonly string[];
  clock: Clock;
  wall(): number;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  notify: StatusWriterOptions["notify"];
  onWrite(source: string, ...write: Parameters<ObjectApplierOptions["onWrite"]>): void;
  /** Told of every sync and how long it took, in seconds. */
  onSynced(source: string, result: SyncResult, seconds: number): void;
  onError(source: string, error: unknown): void;
}

const KIND = customKinds.FlowSource;
/** How many sources are read at once: each may take {@linkcode LIMITS} of memory. */
const WORKERS = 2;
/**
 * The milliseconds after which a sync takes long. Of those one is done at a time, with all of its
 * time-out, so that servers which stall leave a worker to the other sources.
 */
const LONG = 20_000;
/** Why a sync is broken off that is to be done when no other takes long. */
const LATER = Symbol("later");
/** How long to wait after a first failure, in milliseconds; doubled by each further one. */
const FIRST_RETRY = 5_000;
/** However long a source asks to be left alone, in milliseconds. */
const LONGEST_ASKED = 60 * 60_000;

/** Keeps FlowSources in sync while this process leads: each by its interval, a few at once. */
export class FlowSources {
  readonly #options: FlowSourcesOptions;
  readonly #cache: Cache;
  readonly #queue: WorkQueue;
  readonly #statuses: StatusWriter;
  readonly #readings = new Map<string, SourceReading>();
  /** What breaks off the sync of a FlowSource that is under way. */
  readonly #running = new Map<string, AbortController>();
  readonly #over = new AbortController();

  constructor(options: FlowSourcesOptions) {
    this.#options = options;
    this.#cache = new Cache(options.stores);
    this.#statuses = new StatusWriter({ ...options, cache: this.#cache });
    this.#queue = new WorkQueue({
      ...options,
      workers: WORKERS,
      isSlow: (key) => this.#isSlow(key),
      run: (key) => this.#run(key),
    });
  }

  /** Takes a change that the watch of a resource brought. */
  changed(resource: Resource, { type, object, previous }: Change): void {
    if (resource.group !== KIND.group) return;
    const ours = this.#cache.saw(resource, object, type === "deleted");
    if (resource.kind !== KIND.kind || ours) return;
    const key = keyOf(object);
    const same = type === "applied" && previous !== undefined &&
      previous.metadata.uid === object.metadata.uid &&
      previous.metadata.generation === object.metadata.generation &&
      previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp;
    // Who edits or deletes it does not wait for a source that stalls.
    if (!same) {
      const reading = this.#readings.get(key);
      if (reading) reading.slow = false;
      this.#running.get(key)?.abort();
    }
    if (!same || requestedAt(previous) !== requestedAt(object)) this.#queue.add(key);
  }

  /** Takes the version of a list, after the changes that it brought. */
  listed(resource: Resource, resourceVersion: string): void {
    if (resource.group === KIND.group) this.#cache.listed(resource, resourceVersion);
  }

  /** Takes the news that a Secret changed. */
  dataChanged(kind: "Secret" | "ConfigMap", namespace: string, name: string): void {
    if (kind !== "Secret") return;
    for (const object of this.#cache.list(KIND, namespace)) {
      const { secretRef } = (object.spec ?? {}) as FlowSource["spec"];
      if (secretRef?.name === name) this.#queue.add(keyOf(object));
    }
  }

  /** Starts to sync: everything that is there, then what changes. */
  start(): void {
    for (const object of this.#cache.list(KIND)) this.#queue.add(keyOf(object));
    this.#queue.start();
  }

  /** Stops, and waits for what is under way; a reading is broken off. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#queue.stop();
  }

  async #run(key: string): Promise<RunResult> {
    const object = this.#cache.get(KIND, parseKey(key));
    if (object === undefined) {
      this.#readings.delete(key);
      return { next: "done" };
    }
    const running = new AbortController();
    this.#running.set(key, running);
    const signal = AbortSignal.any([this.#over.signal, running.signal]);
    try {
      if (object.metadata.deletionTimestamp !== undefined) return await this.#finalize(key, object);
      return await this.#sync(key, object, signal);
    } catch (error) {
      if (signal.aborted) return { next: running.signal.reason === LATER ? "again" : "done" };
      // Changed or gone since it was seen: the watch brings it.
      const raced = error instanceof ApiError && (error.status === 409 || error.status === 404);
      if (!raced) this.#options.onError(key, error);
      return { next: "retry" };
    } finally {
      this.#running.delete(key);
    }
  }

  async #sync(key: string, seen: KubernetesObject, signal: AbortSignal): Promise<RunResult> {
    const { clock, onSynced } = this.#options;
    const found = foundObject(seen);
    if (found.outcome === "invalid") {
      const message = `FlowSource "${seen.metadata.name}": ${showProblems(found.problems)}`;
      const failure = { failure: "invalid", reason: "InvalidSpec", message } as const;
      const ready = { reason: "Error", message } as const;
      await this.#statuses.write(seen, { failures: [failure], status: {}, ready });
      return { next: "done" };
    }
    const source = found.object as FlowSource;
    const { spec } = source;
    if (spec.suspend) {
      const message = "The source is not read: spec.suspend is true";
      const ready = { reason: "Suspended", message } as const;
      await this.#statuses.write(seen, { failures: [], status: {}, ready });
      return { next: "done" };
    }
    const held = await this.#statuses.finalizer(seen, SOURCE_FINALIZER, spec.prune);
    const began = clock.now();
    const reading = this.#reading(key, source);
    const asked = requestedAt(seen);
    // Who asks has mended something.
    if (asked !== source.status?.lastHandledReconcileAt) reading.failures = 0;
    const hurry = clock.after(LONG, () => this.#tookLong(key, reading));
    const synced = await this.#syncer(key).sync(held, source, reading, signal).finally(hurry);
    reading.slow = clock.now() - began >= LONG;
    const { result, object } = synced;
    const status = { ...result.status, ...asked && { lastHandledReconcileAt: asked } };
    await this.#statuses.write(object, { ...result, status });

    const bad = result.failures.length > 0;
    reading.failures = bad ? reading.failures + 1 : 0;
    const changed = result.status.sync !== undefined;
    onSynced(
      key,
      bad ? "failed" : changed ? "changed" : "unchanged",
      (clock.now() - began) / 1000,
    );
    // What needs an edit of the FlowSource is not tried again before it.
    if (result.failures.some(({ failure }) => failure === "invalid")) return { next: "done" };
    const interval = readDuration(spec.interval)!;
    return { next: "done", after: this.#wait(interval, reading.failures, synced.retryAfter) };
  }

  /** The first that takes long goes on; another begins anew when that has ended. */
  #tookLong(key: string, reading: SourceReading): void {
    if (reading.slow) return;
    const others = [...this.#running.keys()].filter((other) => this.#isSlow(other)).length;
    reading.slow = true;
    if (others >= WORKERS - 1) this.#running.get(key)?.abort(LATER);
  }

  #isSlow(key: string): boolean {
    return this.#readings.get(key)?.slow === true;
  }

  /** Sooner than the interval after a failure, and later each time; a tenth of it is chance. */
  #wait(interval: number, failures: number, asked = 0): number {
    const delay = failures === 0
      ? interval
      : Math.min(interval, FIRST_RETRY * 2 ** Math.min(failures - 1, 30));
    const wait = Math.max(delay, Math.min(asked, LONGEST_ASKED));
    return Math.round(wait * (0.9 + 0.2 * this.#options.random()));
  }

  async #finalize(key: string, object: KubernetesObject): Promise<RunResult> {
    this.#readings.delete(key);
    if (!object.metadata.finalizers?.includes(SOURCE_FINALIZER)) return { next: "done" };
    const found = foundObject(object);
    const source = found.outcome === "found" ? found.object as FlowSource : undefined;
    if (source?.spec.prune && !source.spec.suspend) {
      const failures = await this.#syncer(key).finalize(source);
      // Who may not remove them never will: a ServiceAccount that went before its FlowSource.
      const retry = failures.find(({ reason }) => reason !== "NotAllowed");
      for (const { reason, message } of failures.slice(0, 1)) {
        this.#options.notify(object, { type: "Warning", reason, message });
      }
      if (retry !== undefined) return { next: "retry" };
    }
    await this.#statuses.finalizer(object, SOURCE_FINALIZER, false);
    return { next: "done" };
  }

  #reading(key: string, source: FlowSource): SourceReading {
    const known = this.#readings.get(key);
    if (known?.fits(source)) return known;
    const reading = new SourceReading(source, this.#options);
    this.#readings.set(key, reading);
    return reading;
  }

  #syncer(key: string): FlowSourceSync {
    const { onWrite } = this.#options;
    return new FlowSourceSync({
      ...this.#options,
      cache: this.#cache,
      statuses: this.#statuses,
      onWrite: (...write) => onWrite(key, ...write),
    });
  }
}

function keyOf({ kind, metadata: { namespace = "", name } }: KubernetesObject): string {
  return keyText({ kind, namespace, name });
}

function requestedAt({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.[RECONCILE_REQUESTED_AT]?.slice(0, 1024);
}
