import type { Condition } from "../../shared/api/condition.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import type { Cache } from "../engine/cache.ts";
import { mergeConditions } from "../engine/conditions.ts";
import type { Desired } from "../engine/controller.ts";
import { equal, mergePatch } from "../engine/merge_patch.ts";
import { outcome } from "../engine/outcome.ts";
import { parsedObject } from "../engine/parsed_object.ts";
import type { Notice } from "../engine/reconciler.ts";
import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";

/** What {@linkcode StatusWriter} works with. */
export interface StatusWriterOptions {
  client: Pick<Client, "get" | "mergePatch">;
  cache: Cache;
  /** Milliseconds since 1970. */
  wall(): number;
  notify(object: KubernetesObject, notice: Notice): void;
}

/** What is said of a FlowSource after a sync. */
export type SourceResult = Pick<Desired, "status" | "failures" | "ready" | "warnings">;

/** Writes the metadata and status of FlowSources, where they differ. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Writes what a sync came to, and tells people of what is new. Gives the object as it is then. */
  async write(object: KubernetesObject, result: SourceResult): Promise<KubernetesObject> {
    const { generation = 0 } = object.metadata;
    const before = (object.status ?? {}) as { conditions?: Condition[] };
    const { verdicts } = outcome(result);
    const now = this.now();
    const conditions = mergeConditions(before.conditions ?? [], verdicts, { generation, now });
    const status = { ...result.status, conditions, observedGeneration: generation };
    const written = await this.#patchLatest(object, status);
    const { notify } = this.#options;
    for (const { reason, message } of result.warnings ?? []) {
      notify(object, { type: "Warning", reason, message });
    }
    const [ready] = verdicts;
    const old = before.conditions?.find(({ type }) => type === "Ready");
    if (old?.reason !== ready!.reason || old.message !== ready!.message) {
      const { reason, message } = ready!;
      notify(object, { type: result.failures.length > 0 ? "Warning" : "Normal", reason, message });
    }
    return written;
  }

  /** Changes fields of the status; null removes one. */
  async patch(
    object: KubernetesObject,
    status: Record<string, unknown>,
  ): Promise<KubernetesObject> {
    const patch = mergePatch((object.status ?? {}) as Record<string, unknown>, status);
    if (patch === undefined) return object;
    return await this.#send(object, { status: patch }, "status");
  }

  /** So that a sync is not forgotten where the FlowSource is annotated or edited in the midst of it. */
  async #patchLatest(
    object: KubernetesObject,
    status: Record<string, unknown>,
  ): Promise<KubernetesObject> {
    try {
      return await this.patch(object, status);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      const live = await this.#options.client.get(customKinds.FlowSource, object.metadata);
      const latest = live === undefined ? undefined : parsedObject(live);
      // Another process that leads by now knows more.
      const same = latest?.metadata.uid === object.metadata.uid &&
        equal(latest?.status, object.status);
      if (latest === undefined || !same) throw error;
      return await this.patch(latest, status);
    }
  }

  /** Sets or takes away a finalizer. */
  async finalizer(
    object: KubernetesObject,
    name: string,
    wanted: boolean,
  ): Promise<KubernetesObject> {
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(name) === wanted) return object;
    const next = wanted ? [...finalizers, name] : finalizers.filter((each) => each !== name);
    return await this.#send(object, { metadata: { finalizers: next } });
  }

  /** The time of statuses, RFC 3339. */
  now(): string {
    return `${new Date(this.#options.wall()).toISOString().slice(0, 19)}Z`;
  }

  /** Only to the very version that the change was decided on. */
  async #send(
    object: KubernetesObject,
    body: { metadata?: object; status?: object },
    subresource?: string,
  ): Promise<KubernetesObject> {
    const { client, cache } = this.#options;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const patched = await client.mergePatch(
      customKinds.FlowSource,
      { namespace, name },
      { ...body, metadata: { ...body.metadata, uid, resourceVersion } },
      { subresource },
    );
    const parsed = parsedObject(patched);
    cache.wrote(customKinds.FlowSource, parsed);
    return parsed;
  }
}
