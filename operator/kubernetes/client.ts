import type { KubernetesObject, ObjectName } from "./object.ts";
import type { Resource } from "./resource.ts";

/** What every request takes. */
export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

/** Which objects a list or a watch covers. */
export interface Selection {
  /** One namespace; all of them where it is absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only the metadata of the objects (PartialObjectMetadata). */
  metadataOnly?: boolean | undefined;
}

/** The objects of a list, read page by page. */
export interface ObjectList {
  items: KubernetesObject[];
  /** Where a watch goes on from. */
  resourceVersion: string;
}

/** One event of a watch. */
export type WatchEvent =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubernetesObject }
  /** Nothing changed; the watch can go on from here. */
  | { type: "BOOKMARK"; resourceVersion: string };

/** What a delete requires of the object that it removes, and how its dependents go. */
export interface DeleteOptions extends RequestOptions {
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
}

/** How a server-side apply is made. */
export interface ApplyOptions extends RequestOptions {
  fieldManager: string;
  /** Take fields over from other managers. */
  force?: boolean | undefined;
  /** For example `"scale"`. */
  subresource?: string | undefined;
}

/**
 * A small client of the Kubernetes API. Requests that failed for a passing reason are sent again, a
 * bounded number of times with growing, jittered waits, `Retry-After` honoured. All methods throw
 * {@linkcode ApiError}.
 */
export interface Client {
  /** Gives an object, or undefined where there is none (404). */
  get(
    resource: Resource,
    name: ObjectName,
    options?: RequestOptions & { metadataOnly?: boolean | undefined },
  ): Promise<KubernetesObject | undefined>;
  /** Lists objects in pages, all of one resourceVersion. */
  list(
    resource: Resource,
    selection?: Selection,
    options?: RequestOptions & {
      /** `"0"` takes what the API server has in its cache. */
      resourceVersion?: string | undefined;
    },
  ): Promise<ObjectList>;
  /** Creates an object; 409 AlreadyExists where its name is taken. */
  create(
    resource: Resource,
    object: KubernetesObject,
    options?: RequestOptions & { fieldManager?: string | undefined },
  ): Promise<KubernetesObject>;
  /** Replaces an object; its resourceVersion, where set, must be the current one (409 Conflict). */
  update(
    resource: Resource,
    object: KubernetesObject,
    options?: RequestOptions & { fieldManager?: string | undefined },
  ): Promise<KubernetesObject>;
  /** Server-side apply. */
  apply(
    resource: Resource,
    object: KubernetesObject,
    options: ApplyOptions,
  ): Promise<KubernetesObject>;
  /** Changes an object, or a subresource of it, by a JSON merge patch. */
  mergePatch(
    resource: Resource,
    name: ObjectName,
    patch: Record<string, unknown>,
    options?: RequestOptions & {
      subresource?: string | undefined;
      fieldManager?: string | undefined;
    },
  ): Promise<KubernetesObject>;
  /** Deletes an object. False where there was none (404). */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<boolean>;
  /**
   * Opens a watch. It ends without an error when the server ends it, and with an
   * {@linkcode ApiError} of status 410 when `resourceVersion` is too old. Lines that are no JSON are
   * an error as well: nothing is skipped. Bookmarks are asked for.
   */
  watch(
    resource: Resource,
    selection: Selection,
    options: RequestOptions & {
      resourceVersion: string;
      /** After how many seconds the server ends the watch. */
      timeoutSeconds?: number | undefined;
    },
  ): AsyncIterable<WatchEvent>;
}
