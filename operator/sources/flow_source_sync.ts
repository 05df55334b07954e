import {
  type FlowSource,
  type InventoryEntry,
  MAX_INVENTORY,
  MAX_OBJECTS,
} from "../../shared/api/flow_source.ts";
import { FetchFailure } from "../../shared/sources/fetcher.ts";
import { formatProblem } from "../../shared/sources/format_problem.ts";
import type { SourceProblem } from "../../shared/sources/source_problem.ts";
import type { Cache } from "../engine/cache.ts";
import type { Failure } from "../engine/controller.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { keyOf, ObjectApplier, type ObjectApplierOptions } from "./object_applier.ts";
import { orderOf, type Plan } from "./plan_objects.ts";
import { InvalidSource } from "./source_fetcher.ts";
import type { SourceReading } from "./source_reading.ts";
import type { SourceResult, StatusWriter } from "./status_writer.ts";

/** A client that acts as somebody, and is to be closed. */
export interface ActingClient extends Disposable {
  client: Pick<Client, "get" | "apply" | "mergePatch" | "delete">;
}

/** What {@linkcode FlowSourceSync} works with. */
export interface FlowSourceSyncOptions {
  client: Client;
  /** Acts as a user, such as `system:serviceaccount:demo:deployer`. */
  clientAs(user: string): ActingClient;
  cache: Cache;
  /** The namespaces that FlowSources of others may apply to. */
  namespaces: readonly string[];
  statuses: StatusWriter;
  onWrite: ObjectApplierOptions["onWrite"];
}

/** What a sync came to. */
export interface Synced {
  result: SourceResult;
  /** How many milliseconds the source asks to be left alone. */
  retryAfter?: number | undefined;
}

/** How many problems a condition names. */
const SHOWN = 10;

/** Reads the source of a FlowSource and makes its objects true: one sync a call. */
export class FlowSourceSync {
  readonly #options: FlowSourceSyncOptions;

  constructor(options: FlowSourceSyncOptions) {
    this.#options = options;
  }

  /** Syncs once. Gives what to say of it, and the object as it is then. */
  async sync(
    object: KubernetesObject,
    source: FlowSource,
    reading: SourceReading,
    signal: AbortSignal,
  ): Promise<Synced & { object: KubernetesObject }> {
    const refused = this.#refusal(source);
    if (refused !== undefined) return { object, result: failed([refused]) };
    let plan: Plan;
    try {
      plan = await reading.plan(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { failure, retryAfter } = readingFailure(error);
      return { object, result: failed([failure]), retryAfter };
    }
    return await this.#apply(object, source, reading, plan, signal);
  }

  /** Removes what a FlowSource that is being deleted has applied. Gives what stands in the way. */
  async finalize(source: FlowSource): Promise<Failure[]> {
    using acting = this.#acting(source);
    const applier = this.#applier(acting, source, new Map());
    const { failures } = await this.#prune(applier, source, source.status?.inventory ?? []);
    return failures;
  }

  async #apply(
    object: KubernetesObject,
    source: FlowSource,
    reading: SourceReading,
    plan: Plan,
    signal: AbortSignal,
  ): Promise<{ object: KubernetesObject; result: SourceResult }> {
    const before = source.status?.inventory ?? [];
    const wanted = plan.objects.map(entryOf);
    const status = { lastAttemptedRevision: plan.revision, skipped: skippedOf(plan) };
    const known = new Set(before.map(entryKey));
    const added = wanted.filter((entry) => !known.has(entryKey(entry)));
    const tooMany = tooManyOf(plan, before.length + added.length);
    if (tooMany !== undefined) return { object, result: failed([tooMany], status) };
    // Written first: what is applied and then forgotten would never be pruned.
    let current = object;
    if (added.length > 0) {
      const inventory = sorted([...before, ...added]);
      current = await this.#options.statuses.patch(object, { inventory });
    }

    using acting = this.#acting(source);
    const applier = this.#applier(acting, source, reading.verified);
    const failures: Failure[] = [];
    const kept = new Set(known);
    let applied = 0;
    for (const each of plan.objects) {
      signal.throwIfAborted();
      const became = await applier.apply(each);
      if (became.outcome === "failed") failures.push(became.why);
      else kept.add(entryKey(entryOf(each)));
      if (became.outcome === "applied") applied++;
    }
    const all = [...before, ...added].filter((entry) => kept.has(entryKey(entry)));
    const gone = all.filter((entry) => !wanted.some((each) => same(each, entry)));
    const settled = plan.problems.length === 0 && failures.length === 0;
    const { left, pruned, failures: more } = settled
      ? await this.#remove(applier, source, plan, gone)
      : { left: gone, pruned: 0, failures: [] };
    const remaining = new Set([...wanted.filter((each) => kept.has(entryKey(each))), ...left]
      .map(entryKey));
    const everything = [...problemFailures(plan.problems), ...failures, ...more];
    return {
      object: current,
      result: {
        failures: everything,
        ready: { reason: "Synced", message: describePlan(plan) },
        warnings: plan.warnings.slice(0, SHOWN).map((warning) =>
          ({ reason: "UnknownSetting", message: formatProblem(warning) }) as const
        ),
        status: {
          ...status,
          ...everything.length === 0 && { lastAppliedRevision: plan.revision },
          inventory: sorted(all.filter((entry) => remaining.has(entryKey(entry)))),
          ...applied + pruned > 0 &&
            { sync: { time: this.#options.statuses.now(), applied, pruned } },
        },
      },
    };
  }

  /** What of the inventory is in the source no more. Nothing is removed where that is in doubt. */
  async #remove(
    applier: ObjectApplier,
    source: FlowSource,
    plan: Plan,
    gone: InventoryEntry[],
  ): Promise<{ left: InventoryEntry[]; pruned: number; failures: Failure[] }> {
    const { prune, allowEmpty } = source.spec;
    if (!prune) return { left: [], pruned: 0, failures: [] };
    if (plan.objects.length > 0 || allowEmpty || gone.length === 0) {
      return await this.#prune(applier, source, gone);
    }
    const message = `Revision "${plan.revision}" has no objects, so that what was applied stays; ` +
      "spec.allowEmpty should be true where that is meant";
    const failure = { failure: "blocked", reason: "SourceEmpty", message } as const;
    return { left: gone, pruned: 0, failures: [failure] };
  }

  async #prune(
    applier: ObjectApplier,
    source: FlowSource,
    entries: readonly InventoryEntry[],
  ): Promise<{ left: InventoryEntry[]; pruned: number; failures: Failure[] }> {
    const left: InventoryEntry[] = [];
    const failures: Failure[] = [];
    let pruned = 0;
    for (const entry of entries.toSorted((a, b) => orderOf(b.kind) - orderOf(a.kind))) {
      const refused = this.#refusal(source, entry.namespace);
      const removed = refused ?? await applier.remove(entry);
      if (typeof removed === "object") {
        failures.push(removed);
        left.push(entry);
      } else if (removed) pruned++;
    }
    return { left, pruned, failures };
  }

  /** The operator's own rights end at the namespace of who uses them. */
  #refusal({ spec, metadata }: FlowSource, target = spec.targetNamespace): Failure | undefined {
    if (target === undefined || target === metadata.namespace) return undefined;
    const refuse = (message: string) =>
      ({
        failure: "invalid",
        reason: "NotAllowed",
        message: `spec.targetNamespace ${message}`,
      }) as const;
    if (!this.#options.namespaces.includes(target)) {
      return refuse(`is "${target}", which the operator's --source-namespaces does not name`);
    }
    if (spec.serviceAccountName !== undefined) return undefined;
    return refuse(`is "${target}", another namespace: spec.serviceAccountName should be set`);
  }

  #applier(
    { client }: ActingClient,
    { metadata: { namespace = "", name } }: FlowSource,
    verified: Map<string, string>,
  ): ObjectApplier {
    const { cache, onWrite } = this.#options;
    return new ObjectApplier({ client, cache, source: { namespace, name }, verified, onWrite });
  }

  #acting({ spec: { serviceAccountName }, metadata: { namespace } }: FlowSource): ActingClient {
    const { client, clientAs } = this.#options;
    if (serviceAccountName === undefined) return { client, [Symbol.dispose]: () => {} };
    return clientAs(`system:serviceaccount:${namespace}:${serviceAccountName}`);
  }
}

function failed(failures: Failure[], status: Record<string, unknown> = {}): SourceResult {
  return { failures, status, ready: { reason: "Synced", message: "" } };
}

/** What does not pass by itself waits for somebody, and is looked at again all the same. */
function readingFailure(error: unknown): { failure: Failure; retryAfter?: number | undefined } {
  if (error instanceof InvalidSource) {
    return { failure: { failure: "invalid", reason: "InvalidSpec", message: error.message } };
  }
  if (error instanceof FetchFailure) {
    const { reason, message, retryAfter } = error;
    const failure = reason === "Unreachable" ? "transient" : "blocked";
    return { failure: { failure, reason, message }, retryAfter };
  }
  if (!(error instanceof ApiError)) throw error;
  return { failure: { failure: "transient", reason: "Error", message: error.message } };
}

function problemFailures(problems: readonly SourceProblem[]): Failure[] {
  if (problems.length === 0) return [];
  const shown = problems.slice(0, SHOWN).map((problem) => formatProblem(problem));
  const more = problems.length - shown.length;
  const message = [...shown, ...more > 0 ? [`and ${more} more`] : []].join("; ");
  return [{ failure: "blocked", reason: "InvalidContent", message }];
}

/** What waits to be pruned counts too: it stands in the inventory until then. */
function tooManyOf({ objects }: Plan, all: number): Failure | undefined {
  if (objects.length <= MAX_OBJECTS && all <= MAX_INVENTORY) return undefined;
  const message =
    `The source has ${objects.length} objects, should be at most ${MAX_OBJECTS}; with ` +
    `those that are to be pruned ${all}, should be at most ${MAX_INVENTORY}`;
  return { failure: "blocked", reason: "TooLarge", message };
}

function describePlan({ revision, objects }: Plan): string {
  const count = objects.length === 1 ? "1 object" : `${objects.length} objects`;
  return `Revision "${revision}" is applied: ${count}`;
}

/** Null takes the field away. */
function skippedOf({ skipped }: Plan): string[] | null {
  return skipped.length === 0 ? null : skipped;
}

function entryOf({ kind, metadata: { namespace = "", name } }: KubernetesObject): InventoryEntry {
  return { kind, namespace, name };
}

function entryKey(entry: InventoryEntry): string {
  return keyOf({ kind: entry.kind, metadata: entry });
}

function same(a: InventoryEntry, b: InventoryEntry): boolean {
  return entryKey(a) === entryKey(b);
}

function sorted(entries: readonly InventoryEntry[]): InventoryEntry[] {
  return entries.toSorted((a, b) => entryKey(a) < entryKey(b) ? -1 : 1);
}
