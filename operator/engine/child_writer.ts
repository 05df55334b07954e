import { ApiError } from "../kubernetes/api_error.ts";
import type { Client } from "../kubernetes/client.ts";
import { controllerOf, type KubernetesObject, type ObjectName } from "../kubernetes/object.ts";
import { type Cache } from "./cache.ts";
import type { Failure } from "./controller.ts";
import { difference } from "./difference.ts";
import { withoutRivalPorts } from "./rival_ports.ts";
import { resourceOf } from "./resource_of.ts";
import { trimmedObject } from "./trimmed_object.ts";

/** What {@linkcode ChildWriter} works with. */
export interface ChildWriterOptions {
  client: Pick<Client, "get" | "create" | "apply" | "mergePatch" | "delete">;
  cache: Cache;
  /** The field manager of all applies. */
  manager: string;
  /** Told of every write, with the fields that made it necessary. */
  onWrite?(action: "create" | "apply" | "delete", child: KubernetesObject, fields: string[]): void;
}

/** An apply that changed nothing. */
interface UnchangedApply extends ObjectName {
  kind: string;
  resourceVersion: string | undefined;
  desired: string;
}

/** How many applies that changed nothing are kept without a look at whether they are of use. */
const LEAST_ROOM = 64;

/**
 * Makes children as they are wanted: server-side apply where something differs, no call where
 * nothing does, and nothing to an object that its owner does not control.
 */
export class ChildWriter {
  readonly #options: ChildWriterOptions;
  /** Applies that changed nothing, by uid: to what, the version that they left, what was wanted. */
  readonly #unchanged = new Map<string, UnchangedApply>();
  /** How many of them there may be before those of objects that are gone are forgotten. */
  #room = LEAST_ROOM;

  constructor(options: ChildWriterOptions) {
    this.#options = options;
  }

  /** Makes one child as it is wanted. Gives what went wrong, if something did. */
  async write(owner: KubernetesObject, child: KubernetesObject): Promise<Failure | undefined> {
    const live = this.#options.cache.get(child, child.metadata);
    try {
      return live === undefined
        ? await this.#make(owner, child)
        : await this.#change(owner, child, live);
    } catch (error) {
      return applyFailure(child, error);
    }
  }

  /** Removes a child that is not wanted any more. Gives what went wrong, if something did. */
  async remove(child: KubernetesObject): Promise<Failure | undefined> {
    if (child.metadata.deletionTimestamp !== undefined) return undefined;
    try {
      // Pods of Jobs would stay with the API's own default.
      const options = { uid: child.metadata.uid, propagationPolicy: "Background" as const };
      this.#options.onWrite?.("delete", child, []);
      await this.#options.client.delete(resourceOf(child.kind), child.metadata, options);
      return undefined;
    } catch (error) {
      return applyFailure(child, error);
    }
  }

  /** The first touch of a name: somebody else may have it, unseen by our label-selected watches. */
  async #make(owner: KubernetesObject, child: KubernetesObject): Promise<Failure | undefined> {
    const { client, manager, onWrite } = this.#options;
    const resource = resourceOf(child.kind);
    if (isCreateOnly(child)) {
      try {
        onWrite?.("create", child, []);
        this.#wrote(await client.create(resource, child, { fieldManager: manager }));
        return undefined;
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      }
    }
    const there = await client.get(resource, child.metadata, { metadataOnly: true });
    if (there !== undefined) {
      const taken = takenBy(owner, child, there);
      if (taken !== undefined) return taken;
      if (isCreateOnly(child)) return undefined;
    }
    onWrite?.("apply", child, []);
    await this.#apply(child, there);
    return undefined;
  }

  async #change(
    owner: KubernetesObject,
    child: KubernetesObject,
    live: KubernetesObject,
  ): Promise<Failure | undefined> {
    const taken = takenBy(owner, child, live);
    if (taken !== undefined) return taken;
    if (live.metadata.deletionTimestamp !== undefined) {
      return fault("transient", child, "is being deleted; it is made again when it is gone");
    }
    if (isCreateOnly(child)) return undefined;
    const { manager, onWrite } = this.#options;
    const fields = difference(child, live, manager);
    const { uid = "", resourceVersion } = live.metadata;
    const last = this.#unchanged.get(uid);
    const desired = JSON.stringify(child);
    if (fields.length === 0) return undefined;
    if (last?.resourceVersion === resourceVersion && last?.desired === desired) return undefined;
    onWrite?.("apply", child, fields);
    const applied = await this.#applyOver(child, await this.#handOver(child, live));
    if (applied.metadata.resourceVersion === resourceVersion) {
      const { kind, metadata: { namespace, name } } = live;
      this.#unchanged.set(uid, { kind, namespace, name, resourceVersion, desired });
      this.#forgetGone();
    } else this.#unchanged.delete(uid);
    return undefined;
  }

  /** Looks through all of them only once they have doubled, so that it costs little. */
  #forgetGone(): void {
    if (this.#unchanged.size < this.#room) return;
    for (const [uid, of] of this.#unchanged) {
      if (this.#options.cache.get(of, of)?.metadata.uid !== uid) this.#unchanged.delete(uid);
    }
    this.#room = Math.max(LEAST_ROOM, 2 * this.#unchanged.size);
  }

  /**
   * Applies by another manager what we are about to leave out: `replicas` that its sole owner leaves
   * out of an apply falls back to 1, also under an autoscaler. Gives the object as it is then.
   */
  async #handOver(child: KubernetesObject, live: KubernetesObject): Promise<KubernetesObject> {
    const replicas = (live.spec as { replicas?: number } | undefined)?.replicas;
    if (child.kind !== "Deployment" || replicas === undefined) return live;
    if ((child.spec as { replicas?: number }).replicas !== undefined) return live;
    const { client, manager } = this.#options;
    const owned = live.metadata.managedFields?.some((entry) =>
      entry.manager === manager && entry.operation === "Apply" &&
      Object.hasOwn((entry.fieldsV1?.["f:spec"] ?? {}) as object, "f:replicas")
    );
    if (!owned) return live;
    const { name, namespace, uid } = live.metadata;
    const { apiVersion, kind } = child;
    return await client.apply(
      resourceOf(kind),
      { apiVersion, kind, metadata: { name, namespace, uid }, spec: { replicas } },
      { fieldManager: `${manager}-scale`, force: true },
    );
  }

  /** Applies to what others may have changed so that the API server refuses to merge both. */
  async #applyOver(child: KubernetesObject, live: KubernetesObject): Promise<KubernetesObject> {
    try {
      return await this.#apply(child, live);
    } catch (error) {
      const patch = withoutRivalPorts(child, live);
      if (!(error instanceof ApiError && error.status === 422) || patch === undefined) throw error;
      const { client, manager } = this.#options;
      const { uid, resourceVersion } = live.metadata;
      const body = { metadata: { uid, resourceVersion }, ...patch };
      const options = { fieldManager: manager };
      const patched = await client.mergePatch(resourceOf(child.kind), live.metadata, body, options);
      return await this.#apply(child, patched);
    }
  }

  /** Says which object it changes, so that an apply never meets another one, or a later version. */
  async #apply(
    child: KubernetesObject,
    live: KubernetesObject | undefined,
  ): Promise<KubernetesObject> {
    const { client, manager } = this.#options;
    const { uid, resourceVersion } = live?.metadata ?? {};
    const metadata = { ...child.metadata, uid, resourceVersion };
    const object = live === undefined ? child : { ...child, metadata };
    const options = { fieldManager: manager, force: true };
    const applied = await client.apply(resourceOf(child.kind), object, options);
    this.#wrote(applied);
    return applied;
  }

  #wrote(object: KubernetesObject): void {
    this.#options.cache.wrote(object, trimmedObject(object));
  }
}

/** Content is immutable and its name says which; Jobs cannot be changed. */
function isCreateOnly(child: KubernetesObject): boolean {
  return child.kind === "Job" || (child.kind === "ConfigMap" && child.immutable === true);
}

function takenBy(
  owner: KubernetesObject,
  child: KubernetesObject,
  there: KubernetesObject,
): Failure | undefined {
  const controller = controllerOf(there);
  if (controller?.uid === owner.metadata.uid) return undefined;
  if (controller?.kind === owner.kind && controller.name === owner.metadata.name) {
    return fault("transient", child, "belongs to an earlier object of this name, and will be gone");
  }
  const whose = controller === undefined
    ? "is not controlled by anything"
    : `is controlled by ${controller.kind} "${controller.name}"`;
  return {
    failure: "blocked",
    reason: "NameTaken",
    message: `Cannot make ${nameOf(child)}: an object of that name is there and ${whose}; ` +
      `it should be removed or renamed`,
  };
}

function applyFailure(child: KubernetesObject, error: unknown): Failure {
  if (!(error instanceof ApiError)) {
    return fault("transient", child, (error as Error)?.message ?? String(error));
  }
  const { status, message } = error;
  if (status === 409) return { failure: "conflict", reason: "Reconciling", message };
  // The API server will say the same until the object is edited.
  const failure = status === 400 || status === 422 || isUntyped(error) ? "invalid" : "transient";
  return { failure, reason: "ApplyFailed", message };
}

/**
 * A field of a wrong type, or two entries of one name, as a second volume `genkit`: kube-apiserver
 * 1.35 answers an apply of them with 500 and these words, not with 422.
 */
function isUntyped({ status, message }: ApiError): boolean {
  return status === 500 && message.includes("failed to create typed patch object");
}

function fault(failure: Failure["failure"], child: KubernetesObject, what: string): Failure {
  return { failure, reason: "ApplyFailed", message: `${nameOf(child)} ${what}` };
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} "${metadata.namespace}/${metadata.name}"`;
}
