import type { Clock } from "../../shared/clock.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import type { Resource } from "../kubernetes/resource.ts";
import type { NamedData } from "./controller.ts";
import { equal } from "./merge_patch.ts";

/** What {@linkcode NamedDataReader} works with. */
export interface NamedDataOptions {
  client: Pick<Client, "get">;
  /** Secrets or ConfigMaps. */
  resource: Resource;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  /**
   * How often what was read is read again, in milliseconds; absent where a watch tells of changes
   * through {@linkcode NamedDataReader.touch}.
   */
  interval?: number | undefined;
  /** Called when what was given before is no more so. */
  onChange(namespace: string, name: string): void;
  /** Called when reading again failed; the last good data stays. */
  onError(error: unknown): void;
  /** Whether anybody still needs an object; else it is forgotten. */
  isUsed(namespace: string, name: string): boolean;
}

interface Entry {
  data: NamedData | undefined;
  /** When the reading of it began. */
  began: number;
  cancel?: () => void;
}

interface Reading {
  data: Promise<NamedData | undefined>;
  began: number;
}

/**
 * Reads Secrets or ConfigMaps of strangers by their names, so that the permission to get one is
 * enough; each is read once for all who need it, and kept up to date while anybody does.
 */
export class NamedDataReader {
  readonly #options: NamedDataOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #reading = new Map<string, Reading>();

  constructor(options: NamedDataOptions) {
    this.#options = options;
  }

  /**
   * Gives an object's data, or undefined where there is none; where no watch tells of changes, as it
   * was after `since` (a time of the clock).
   *
   * @throws {ApiError} where it could not be read.
   */
  async read(namespace: string, name: string, since = -Infinity): Promise<NamedData | undefined> {
    const entry = this.#entries.get(`${namespace}/${name}`);
    const watched = this.#options.interval === undefined;
    if (entry !== undefined && (watched || entry.began > since)) return entry.data;
    return await this.#fetch(namespace, name, since);
  }

  /** Reads an object again, where it is known, and tells if it changed. */
  async touch(namespace: string, name: string): Promise<void> {
    const key = `${namespace}/${name}`;
    const entry = this.#entries.get(key);
    if (entry === undefined && !this.#reading.has(key)) return;
    if (!this.#options.isUsed(namespace, name)) return this.forget(namespace, name);
    try {
      await this.#fetch(namespace, name, this.#options.clock.now());
    } catch (error) {
      this.#options.onError(error);
      if (entry !== undefined) this.#schedule(namespace, name, entry);
    }
  }

  /** Lets go of an object that nobody needs any more. */
  forget(namespace: string, name: string): void {
    this.#entries.get(`${namespace}/${name}`)?.cancel?.();
    this.#entries.delete(`${namespace}/${name}`);
  }

  /** Reads nothing more by itself. */
  stop(): void {
    for (const { cancel } of this.#entries.values()) cancel?.();
    this.#entries.clear();
  }

  /** Readers at once share one request, unless it began too early for one of them. */
  async #fetch(namespace: string, name: string, since: number): Promise<NamedData | undefined> {
    const key = `${namespace}/${name}`;
    const reading = this.#reading.get(key);
    if (reading === undefined) {
      const data = this.#get(namespace, name).finally(() => this.#reading.delete(key));
      this.#reading.set(key, { data, began: this.#options.clock.now() });
      return await data;
    }
    if (reading.began > since) return await reading.data;
    await reading.data.catch(() => {});
    return await this.#fetch(namespace, name, since);
  }

  async #get(namespace: string, name: string): Promise<NamedData | undefined> {
    const { client, resource, clock, onChange, isUsed } = this.#options;
    const key = `${namespace}/${name}`;
    const began = clock.now();
    const object = await client.get(resource, { namespace, name });
    const data = object && namedData(object);
    // Whoever needed it has gone meanwhile, and no change of it would be noticed.
    if (!isUsed(namespace, name)) return data;
    const before = this.#entries.get(key);
    const entry: Entry = { data, began };
    before?.cancel?.();
    this.#entries.set(key, entry);
    this.#schedule(namespace, name, entry);
    if (before !== undefined && !same(before.data, data)) onChange(namespace, name);
    return data;
  }

  /** A tenth of the interval is chance, so that many reads spread out. */
  #schedule(namespace: string, name: string, entry: Entry): void {
    const { interval, clock, random } = this.#options;
    if (interval === undefined) return;
    entry.cancel?.();
    const wait = interval * (0.9 + 0.2 * random());
    entry.cancel = clock.after(wait, () => void this.touch(namespace, name));
  }
}

function same(a: NamedData | undefined, b: NamedData | undefined): boolean {
  return a?.uid === b?.uid && equal(a?.data, b?.data);
}

/** Gives the data of a Secret or ConfigMap. */
export function namedData(object: KubernetesObject): NamedData {
  const { uid = "", resourceVersion = "" } = object.metadata;
  const values = Object.entries(object.data as Record<string, string> | undefined ?? {});
  const data = object.kind === "Secret"
    ? values.map(([key, value]) => [key, decoded(value)] as const)
    : values;
  return { uid, resourceVersion, data: Object.fromEntries(data) };
}

/** The text of a base64 value; the value itself where it is no UTF-8. */
function decoded(value: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(value));
  } catch {
    return value;
  }
}
