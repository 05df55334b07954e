import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import type { Client, ObjectList, RequestOptions, Selection, WatchEvent } from "./client.ts";
import type { KubernetesObject, ObjectName } from "./object.ts";
import { collectionPath, objectPath, type Resource } from "./resource.ts";
import type { ApiRequest, Transport } from "./transport.ts";
import { readWatch } from "./read_watch.ts";

/** What {@linkcode HttpClient} works with. */
export interface HttpClientOptions {
  transport: Pick<Transport, "send">;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  /** How often a request is sent in all. */
  tries?: number;
}

const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const PAGE = 500;
const FIRST_WAIT = 200;
const LONGEST_WAIT = 5_000;
const MAX_MESSAGE = 1024;

/** A {@linkcode Client} over HTTP. */
export class HttpClient implements Client {
  readonly #options: Required<HttpClientOptions>;

  constructor(options: HttpClientOptions) {
    this.#options = { tries: 5, ...options };
  }

  async get(
    resource: Resource,
    name: ObjectName,
    { metadataOnly, signal }: RequestOptions & { metadataOnly?: boolean | undefined } = {},
  ): Promise<KubernetesObject | undefined> {
    try {
      return await this.#json<KubernetesObject>({
        method: "GET",
        path: objectPath(resource, name),
        ...metadataOnly && { accept: METADATA_ONLY },
        ...this.#labels("get", resource, name),
        signal,
      });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async list(
    resource: Resource,
    selection: Selection = {},
    { resourceVersion, signal }: RequestOptions & { resourceVersion?: string | undefined } = {},
  ): Promise<ObjectList> {
    const items: KubernetesObject[] = [];
    let next: string | undefined;
    let version = "";
    // A list that takes too long starts over, from a version that is not compacted away.
    for (let restarts = 0;;) {
      try {
        const page = await this.#json<ListPage>({
          method: "GET",
          path: collectionPath(resource, selection.namespace),
          query: {
            labelSelector: selection.labelSelector,
            fieldSelector: selection.fieldSelector,
            limit: PAGE,
            continue: next,
            resourceVersion: next === undefined ? resourceVersion : undefined,
          },
          ...selection.metadataOnly && { accept: METADATA_LIST },
          ...this.#labels("list", resource, { name: "*", namespace: selection.namespace }),
          signal,
        });
        items.push(...page.items ?? []);
        version = page.metadata?.resourceVersion ?? version;
        next = page.metadata?.continue || undefined;
        if (next === undefined) return { items, resourceVersion: version };
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 410) || restarts++ >= 3) throw error;
        items.length = 0;
        next = undefined;
      }
    }
  }

  async create(
    resource: Resource,
    object: KubernetesObject,
    { fieldManager, signal }: RequestOptions & { fieldManager?: string | undefined } = {},
  ): Promise<KubernetesObject> {
    return await this.#json<KubernetesObject>({
      method: "POST",
      path: collectionPath(resource, object.metadata?.namespace),
      query: { fieldManager },
      body: object,
      ...this.#labels("create", resource, object.metadata ?? { name: "" }),
      signal,
    });
  }

  async update(
    resource: Resource,
    object: KubernetesObject,
    { fieldManager, signal }: RequestOptions & { fieldManager?: string | undefined } = {},
  ): Promise<KubernetesObject> {
    return await this.#json<KubernetesObject>({
      method: "PUT",
      path: objectPath(resource, object.metadata),
      query: { fieldManager },
      body: object,
      ...this.#labels("update", resource, object.metadata),
      signal,
    });
  }

  async apply(
    resource: Resource,
    object: KubernetesObject,
    { fieldManager, force, subresource, signal }: Parameters<Client["apply"]>[2],
  ): Promise<KubernetesObject> {
    return await this.#json<KubernetesObject>({
      method: "PATCH",
      path: objectPath(resource, object.metadata, subresource),
      query: { fieldManager, ...force && { force: "true" } },
      contentType: "application/apply-patch+yaml",
      body: object,
      ...this.#labels("apply", resource, object.metadata),
      signal,
    });
  }

  async mergePatch(
    resource: Resource,
    name: ObjectName,
    patch: Record<string, unknown>,
    { subresource, fieldManager, signal }: NonNullable<Parameters<Client["mergePatch"]>[3]> = {},
  ): Promise<KubernetesObject> {
    return await this.#json<KubernetesObject>({
      method: "PATCH",
      path: objectPath(resource, name, subresource),
      query: { fieldManager },
      contentType: "application/merge-patch+json",
      body: patch,
      ...this.#labels("patch", resource, name),
      signal,
    });
  }

  async delete(
    resource: Resource,
    name: ObjectName,
    { uid, resourceVersion, propagationPolicy, signal }: NonNullable<
      Parameters<Client["delete"]>[2]
    > = {},
  ): Promise<boolean> {
    try {
      await this.#json({
        method: "DELETE",
        path: objectPath(resource, name),
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy,
          preconditions: { uid, resourceVersion },
        },
        ...this.#labels("delete", resource, name),
        signal,
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  async *watch(
    resource: Resource,
    selection: Selection,
    { resourceVersion, timeoutSeconds, signal }: Parameters<Client["watch"]>[2],
  ): AsyncGenerator<WatchEvent> {
    const request: ApiRequest = {
      method: "GET",
      path: collectionPath(resource, selection.namespace),
      query: {
        watch: "true",
        allowWatchBookmarks: "true",
        resourceVersion,
        timeoutSeconds,
        labelSelector: selection.labelSelector,
        fieldSelector: selection.fieldSelector,
      },
      ...selection.metadataOnly && { accept: METADATA_ONLY },
      ...this.#labels("watch", resource, { name: "*", namespace: selection.namespace }),
      signal,
    };
    // Whoever watches tries again by himself, and knows from where.
    const response = await this.#options.transport.send(request);
    if (!response.ok) throw await failure(request, response);
    yield* readWatch(response, request.action);
  }

  #labels(verb: string, resource: Resource, { namespace, name }: ObjectName) {
    const at = namespace === undefined ? name : `${namespace}/${name}`;
    return { verb, resource: resource.plural, action: `${verb} ${resource.kind} "${at}"` };
  }

  /** Sends a request, again where that may help, and gives the JSON of the answer. */
  async #json<T>(request: ApiRequest): Promise<T> {
    const { transport, tries } = this.#options;
    for (let tried = 1;; tried++) {
      let error: unknown;
      try {
        const response = await transport.send(request);
        if (response.ok) return await response.json() as T;
        error = await failure(request, response);
      } catch (thrown) {
        error = thrown;
      }
      if (tried >= tries || !isRetried(request, error)) throw error;
      await this.#wait(tried, error.retryAfter, request.signal);
    }
  }

  /** Grows with the tries; all of it is chance, but never sooner than the server asks. */
  async #wait(tried: number, retryAfter = 0, signal?: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1));
    const ms = Math.max(Math.min(retryAfter, 30_000), longest * random());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = clock.after(ms, resolve);
    const aborted = () => reject(signal!.reason);
    if (signal?.aborted) aborted();
    signal?.addEventListener("abort", aborted, { once: true });
    try {
      await promise;
    } finally {
      cancel();
      signal?.removeEventListener("abort", aborted);
    }
  }
}

interface ListPage {
  items?: KubernetesObject[];
  metadata?: { resourceVersion?: string; continue?: string };
}

/**
 * Everything but a create may be sent twice: an apply, a patch, an update or a delete that was carried
 * out after all changes nothing more. A create is sent again where it was turned away at the door.
 */
function isRetried({ method }: ApiRequest, error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || !error.transient) return false;
  return method !== "POST" || error.status === 429;
}

async function failure(request: ApiRequest, response: Response): Promise<ApiError> {
  const text = await response.text();
  const { reason, message, details } = parseStatus(text);
  const header = Number(response.headers.get("retry-after") ?? NaN);
  const seconds = Number.isFinite(header) ? header : details?.retryAfterSeconds ?? 0;
  const said = (message ?? text).slice(0, MAX_MESSAGE).trim();
  const shown = [response.status, reason].filter(Boolean).join(" ");
  return new ApiError(`Cannot ${request.action}: ${shown}${said && `: ${said}`}`, {
    status: response.status,
    reason,
    retryAfter: seconds * 1000,
  });
}

/** The API server's Status object; anything else, as of a proxy, is nothing. */
function parseStatus(text: string): {
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
} {
  try {
    const value = JSON.parse(text);
    return value?.kind === "Status" ? value : {};
  } catch {
    return {};
  }
}
