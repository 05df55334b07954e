import { createHash } from "node:crypto";
import type { InventoryEntry } from "../../shared/api/flow_source.ts";
import { parseObject } from "../../shared/api/parse_object.ts";
import type { Cache } from "../engine/cache.ts";
import type { Failure } from "../engine/controller.ts";
import { difference } from "../engine/difference.ts";
import { equal } from "../engine/merge_patch.ts";
import { trimmedObject } from "../engine/trimmed_object.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { appliedKind } from "./plan_objects.ts";
import { sourceManager, type SourceName, sourceOf } from "./source_labels.ts";
import { takenOver } from "./take_over.ts";

/** What {@linkcode ObjectApplier} works with. */
export interface ObjectApplierOptions {
  /** Acts as the operator, or as the ServiceAccount that the FlowSource names. */
  client: Pick<Client, "get" | "apply" | "mergePatch" | "delete">;
  cache: Cache;
  source: SourceName;
  /** What was found to be as wanted, by kind and name; kept from sync to sync. */
  verified: Map<string, string>;
  onWrite(action: "apply" | "delete", object: KubernetesObject, fields: string[]): void;
}

/** What became of an object. */
export type Applied = { outcome: "applied" | "unchanged" } | { outcome: "failed"; why: Failure };

/** How often an object that changes while it is being written is read anew, in all. */
const TRIES = 5;

/** Applies and removes the objects of one FlowSource, and nothing that is somebody else's. */
export class ObjectApplier {
  readonly #options: ObjectApplierOptions;

  constructor(options: ObjectApplierOptions) {
    this.#options = options;
  }

  /** Makes an object as it is wanted; without a request where that was seen before and holds still. */
  async apply(desired: KubernetesObject): Promise<Applied> {
    const { client, cache, source, verified, onWrite } = this.#options;
    const kind = appliedKind(desired.kind)!;
    const key = keyOf(desired);
    const cached = cache.get(kind, desired.metadata);
    const wanted = JSON.stringify(desired);
    if (cached !== undefined && verified.get(key) === seen(cached, wanted)) {
      return { outcome: "unchanged" };
    }
    verified.delete(key);
    const apply = async (): Promise<Applied> => {
      let live = await client.get(kind, desired.metadata);
      if (live !== undefined) {
        const why = inTheWay(live, source);
        if (why !== undefined) return { outcome: "failed", why };
        live = await this.#takeOver(live);
        if (isApplied(desired, live, sourceManager(source))) {
          verified.set(key, seen(live, wanted));
          return { outcome: "unchanged" };
        }
      }
      const { uid, resourceVersion } = live?.metadata ?? {};
      const object = { ...desired, metadata: { ...desired.metadata, uid, resourceVersion } };
      const manager = sourceManager(source);
      const fields = live === undefined ? [] : difference(desired, live, manager);
      // Not forced: what another manager has set, a person or a controller, is theirs.
      const applied = await client.apply(kind, object, { fieldManager: manager });
      cache.wrote(kind, trimmedObject(applied));
      verified.set(key, seen(applied, wanted));
      if (applied.metadata.resourceVersion === resourceVersion) return { outcome: "unchanged" };
      onWrite("apply", desired, fields);
      return { outcome: "applied" };
    };
    try {
      return await whileChanging(apply);
    } catch (error) {
      return { outcome: "failed", why: failureOf(error) };
    }
  }

  /** Ends what former managers have of an object that was handed over. Gives it as it is then. */
  async #takeOver(live: KubernetesObject): Promise<KubernetesObject> {
    const { client, source } = this.#options;
    const managedFields = takenOver(live, sourceManager(source));
    if (managedFields === undefined) return live;
    const { namespace, name, uid, resourceVersion } = live.metadata;
    const metadata = { uid, resourceVersion, managedFields };
    return await client.mergePatch(appliedKind(live.kind)!, { namespace, name }, { metadata });
  }

  /** Removes an object that was applied, unless it is another's now. Gives whether it did. */
  async remove(entry: InventoryEntry): Promise<boolean | Failure> {
    const { client, source, verified, onWrite } = this.#options;
    const kind = appliedKind(entry.kind);
    if (kind === undefined) return false;
    verified.delete(keyOf({ kind: entry.kind, metadata: entry }));
    const remove = async (): Promise<boolean> => {
      const live = await client.get(kind, entry);
      if (live === undefined || live.metadata.deletionTimestamp !== undefined) return false;
      const owner = sourceOf(live.metadata.labels);
      if (!sameSource(owner, source) || !isManaged(live, sourceManager(source))) return false;
      const { uid, resourceVersion } = live.metadata;
      const removed = await client.delete(kind, entry, { uid, resourceVersion });
      if (removed) onWrite("delete", live, []);
      return removed;
    };
    try {
      return await whileChanging(remove);
    } catch (error) {
      return failureOf(error);
    }
  }
}

/**
 * Does something to the very version of an object that it reads, and does it anew where the object
 * became another one meanwhile: the status of a Flow is written when a Prompt of it was applied.
 */
async function whileChanging<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES || !hasChanged(error)) throw error;
    }
  }
}

/** Both are 409: that others have fields, and that the object changed since it was read. */
function hasChanged(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && !isOfOthers(error);
}

function isOfOthers({ status, message }: ApiError): boolean {
  return status === 409 && /Apply failed with/.test(message);
}

/** A name for an object of one FlowSource. */
export function keyOf(
  { kind, metadata: { namespace, name } }: {
    kind: string;
    metadata: { namespace?: string | undefined; name: string };
  },
): string {
  return `${kind}/${namespace}/${name}`;
}

/** A digest of all of an object that an apply could change, and of what is wanted of it. */
function seen({ metadata }: KubernetesObject, wanted: string): string {
  const { uid, generation, labels, annotations, deletionTimestamp } = metadata;
  const what = [uid, generation, sorted(labels), sorted(annotations), deletionTimestamp, wanted];
  return createHash("sha256").update(JSON.stringify(what)).digest("base64");
}

function sorted(map: Record<string, string> = {}): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => a < b ? -1 : 1);
}

function inTheWay(live: KubernetesObject, source: SourceName): Failure | undefined {
  const { kind, metadata: { namespace, name, labels, deletionTimestamp } } = live;
  const what = `${kind} "${namespace}/${name}"`;
  if (deletionTimestamp !== undefined) {
    const message = `${what} is being deleted; it is made again when it is gone`;
    return { failure: "transient", reason: "ApplyFailed", message };
  }
  const owner = sourceOf(labels);
  if (sameSource(owner, source)) return undefined;
  const whose = owner === undefined
    ? "is there and is of no FlowSource"
    : `is of FlowSource "${owner.namespace}/${owner.name}"`;
  return {
    failure: "blocked",
    reason: "Conflict",
    message: `Cannot apply ${what}: it ${whose}; it should be removed, or be given the labels ` +
      `genkit.dev/source: ${source.name} and genkit.dev/source-namespace: ${source.namespace}`,
  };
}

function sameSource(owner: SourceName | undefined, source: SourceName): boolean {
  return owner?.name === source.name && owner.namespace === source.namespace;
}

function isManaged(live: KubernetesObject, manager: string): boolean {
  return live.metadata.managedFields?.some((entry) =>
    entry.manager === manager && entry.operation === "Apply"
  ) === true;
}

/** Whether an apply would change nothing, defaults of the API server's inside lists included. */
function isApplied(desired: KubernetesObject, live: KubernetesObject, manager: string): boolean {
  const paths = difference(desired, live, manager);
  if (paths.length === 0) return true;
  if (!isManaged(live, manager) || paths.some((path) => !path.startsWith("spec"))) return false;
  return equal(specOf(desired), specOf(live));
}

function specOf({ status: _, ...object }: KubernetesObject): unknown {
  const result = parseObject(object);
  return result.outcome === "parsed" && "spec" in result.object ? result.object.spec : undefined;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ApiError)) throw error;
  const { status, message } = error;
  if (isOfOthers(error)) return { failure: "blocked", reason: "Conflict", message };
  if (status === 409) return { failure: "transient", reason: "Reconciling", message };
  if (status === 403 || status === 401) {
    return { failure: "blocked", reason: "NotAllowed", message };
  }
  const failure = error.transient ? "transient" : "blocked";
  return { failure, reason: "ApplyFailed", message };
}
