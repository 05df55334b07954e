import type { Condition } from "../../shared/api/condition.ts";
import { showProblems } from "../../shared/api/problem.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import type { Cache } from "./cache.ts";
import type { ChildWriter } from "./child_writer.ts";
import { mergeConditions } from "./conditions.ts";
import type { Controller, Desired, Failure, TrackingReader } from "./controller.ts";
import type { Edges, Run } from "./edges.ts";
import { parseKey } from "./key.ts";
import { mergePatch } from "./merge_patch.ts";
import { outcome, type Verdict } from "./outcome.ts";
import { foundObject, parsedObject } from "./parsed_object.ts";
import { resourceOf } from "./resource_of.ts";
import type { RunResult } from "./work_queue.ts";

/** Something that people should be told of an object, once. */
export interface Notice {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** What {@linkcode Reconciler} works with. */
export interface ReconcilerOptions {
  client: Pick<Client, "mergePatch">;
  cache: Cache;
  edges: Edges;
  children: ChildWriter;
  controllers: readonly Controller[];
  reader(run: Run, key: string): TrackingReader;
  /** Milliseconds since 1970, for the times in statuses. */
  now(): number;
  /** Tells people of a change, as an Event. */
  notify(object: KubernetesObject, notice: Notice): void;
  /** Told of an object that is there no more. */
  onGone(key: string): void;
  /** Told of what failed and cannot be said in a status, or is a fault of ours. */
  onError(key: string, error: unknown): void;
}

/** How often a name that somebody else has is looked at again, in milliseconds: no watch tells. */
const TAKEN_INTERVAL = 30_000;

/** Makes one object after the other as its controller wants it: the only one that writes. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #controllers: ReadonlyMap<string, Controller>;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#controllers = new Map(options.controllers.map((each) => [each.kind, each]));
  }

  /** Reconciles the object of a key; never throws. */
  async run(keyText: string): Promise<RunResult> {
    const key = parseKey(keyText);
    const { cache, edges } = this.#options;
    const object = cache.get(key, key);
    // What an object that is gone owned, the garbage collector removes.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      edges.forget(keyText);
      this.#options.onGone(keyText);
      return { next: "done" };
    }
    try {
      const desired = await this.#desired(keyText, object);
      const writes = await this.#write(object, desired);
      const { verdicts, next } = outcome({
        ...desired,
        failures: [...desired.failures, ...writes],
      });
      const written = await this.#status(object, desired, verdicts);
      const taken = writes.some(({ failure }) => failure === "blocked");
      return { next: written ?? next, after: taken ? TAKEN_INTERVAL : desired.requeueAfter };
    } catch (error) {
      this.#options.onError(keyText, error);
      return { next: "retry" };
    }
  }

  async #desired(keyText: string, object: KubernetesObject): Promise<Desired> {
    const found = foundObject(object);
    const nothing = {
      children: null,
      status: {},
      ready: { reason: "Error", message: "" },
    } as const;
    if (found.outcome === "invalid") {
      const message = `${object.kind} "${object.metadata.name}": ${showProblems(found.problems)}`;
      return { ...nothing, failures: [{ failure: "invalid", reason: "InvalidSpec", message }] };
    }
    const run = this.#options.edges.begin(keyText);
    try {
      const controller = this.#controllers.get(object.kind)!;
      return await controller.reconcile(
        found.object,
        this.#options.reader(run, keyText),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) this.#options.onError(keyText, error);
      const message = (error as Error)?.message ?? String(error);
      return { ...nothing, failures: [{ failure: "transient", reason: "Error", message }] };
    } finally {
      run.end();
    }
  }

  /** Applies the children, in order, and removes what is owned and not wanted any more. */
  async #write(owner: KubernetesObject, { children, retain = [] }: Desired): Promise<Failure[]> {
    if (children === null) return [];
    for (const child of children) {
      const failure = await this.#options.children.write(owner, child);
      // Later children rely on earlier ones: a Deployment on its content.
      if (failure !== undefined) return [failure];
    }
    const kept = new Set([...children.map(({ kind, metadata: { name } }) => `${kind}/${name}`)]);
    for (const { kind, name } of retain) kept.add(`${kind}/${name}`);
    const owned = this.#controllers.get(owner.kind)!.owns.flatMap((resource) =>
      this.#options.cache.owned(resource, owner.metadata.uid!)
    );
    const failures = await Promise.all(
      owned.filter(({ kind, metadata }) => !kept.has(`${kind}/${metadata.name}`))
        .map((child) => this.#options.children.remove(child)),
    );
    return failures.filter((failure) => failure !== undefined);
  }

  /** Writes the status where it differs. Gives what to do next where that failed. */
  async #status(
    object: KubernetesObject,
    desired: Desired,
    verdicts: Verdict[],
  ): Promise<RunResult["next"] | undefined> {
    const { client, cache, now } = this.#options;
    const { uid, generation = 0, name, namespace } = object.metadata;
    const latest = cache.get(object, object.metadata)?.metadata;
    // Deleted, or made anew, meanwhile: what is known is of no use, and the watch has queued it.
    if (latest === undefined || latest.uid !== uid) return "done";
    const before = (object.status ?? {}) as Record<string, unknown>;
    const conditions = (before.conditions ?? []) as Condition[];
    const status = {
      ...desired.status,
      conditions: mergeConditions(conditions, verdicts, {
        generation,
        now: `${new Date(now()).toISOString().slice(0, 19)}Z`,
      }),
      observedGeneration: generation,
    };
    this.#tell(object, conditions, desired, verdicts);
    const patch = mergePatch(before, status);
    if (patch === undefined) return undefined;
    try {
      const metadata = { uid, resourceVersion: latest.resourceVersion };
      const body = { metadata, status: patch };
      const options = { subresource: "status" };
      const resource = resourceOf(object.kind);
      const patched = await client.mergePatch(resource, { namespace, name }, body, options);
      cache.wrote(object, parsedObject(patched));
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Gone meanwhile: nothing to say any more. A conflict: the watch brings the newer version.
      if (error.status === 404) return "done";
      if (error.status !== 409) this.#options.onError(`${object.kind}/${namespace}/${name}`, error);
      return "retry";
    }
  }

  #tell(
    object: KubernetesObject,
    before: readonly Condition[],
    { warnings = [] }: Desired,
    verdicts: Verdict[],
  ): void {
    const { notify } = this.#options;
    for (const { reason, message } of warnings) {
      notify(object, { type: "Warning", reason, message });
    }
    const ready = verdicts.find(({ type }) => type === "Ready")!;
    const old = before.find(({ type }) => type === "Ready");
    if (old?.reason === ready.reason && old.message === ready.message) return;
    // That something new is well is in its status; an Event is for what changes.
    if (old === undefined && ready.status === "True") return;
    const fails = ready.status === "False" &&
      !verdicts.some(({ type, reason }) => type === "Reconciling" && reason === ready.reason);
    const { reason, message } = ready;
    notify(object, { type: fails ? "Warning" : "Normal", reason, message });
  }
}
