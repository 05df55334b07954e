import type { Clock } from "../../../shared/clock.ts";
import { type Api, ApiFailure } from "./api.ts";

/** What every object has that can be followed. */
export interface Followed {
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
  };
}

/** Options of {@linkcode followObjects}. */
export interface FollowOptions<T> {
  api: Api;
  /** The collection, such as `/api/v1/pods`. */
  path: string;
  /** Further query, such as `labelSelector=…`. */
  query?: Record<string, string>;
  clock: Clock;
  signal: AbortSignal;
  /** Called for each object that is new or changed, and with `gone` for one that is no more. */
  changed(object: T, gone: boolean): void;
}

/** The objects of a collection, as they are at the API server now. */
export interface FollowedObjects<T> {
  get(namespace: string, name: string): T | undefined;
  values(): Iterable<T>;
  /** Resolves when the collection was read for the first time. */
  ready: Promise<void>;
  /** Resolves after `signal` was aborted. */
  ended: Promise<void>;
}

/** Milliseconds until a list or watch that failed is tried again; API servers restart in tests. */
const RETRY = 100;

/** Follows a collection by list and watch, through restarts of the API server. */
export function followObjects<T extends Followed>(
  options: FollowOptions<T>,
): FollowedObjects<T> {
  const { api, path, query = {}, clock, signal, changed } = options;
  const objects = new Map<string, T>();
  const ready = Promise.withResolvers<void>();

  const take = (object: T, gone: boolean) => {
    const key = keyOf(object);
    if (gone) objects.delete(key);
    else objects.set(key, object);
    changed(object, gone);
  };
  const list = async (): Promise<string> => {
    const got = await api.send("GET", `${path}?${new URLSearchParams(query)}`) as List<T>;
    const left = new Map(objects);
    for (const item of got.items) {
      const before = left.get(keyOf(item));
      left.delete(keyOf(item));
      if (before !== undefined && before.metadata.uid !== item.metadata.uid) take(before, true);
      if (before?.metadata.resourceVersion !== item.metadata.resourceVersion) take(item, false);
    }
    for (const object of left.values()) take(object, true);
    ready.resolve();
    return got.metadata.resourceVersion;
  };
  const watch = async (resourceVersion: string) => {
    const search = new URLSearchParams({
      ...query,
      watch: "1",
      resourceVersion,
      allowWatchBookmarks: "true",
    });
    for await (const { type, object } of api.watch(`${path}?${search}`, signal)) {
      if (type === "ERROR") return;
      if (type !== "BOOKMARK") take(object as T, type === "DELETED");
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      try {
        await watch(await list());
      } catch (error) {
        // An error of `changed` is not the API server's.
        if (!(error instanceof ApiFailure)) throw error;
      }
      if (!signal.aborted) await new Promise<void>((resolve) => clock.after(RETRY, resolve));
    }
  };
  return {
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    values: () => objects.values(),
    ready: ready.promise,
    ended: run(),
  };
}

interface List<T> {
  metadata: { resourceVersion: string };
  items: T[];
}

function keyOf({ metadata }: Followed): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
