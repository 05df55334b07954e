import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import type { Client, ObjectList, RequestOptions, Selection, WatchEvent } from "./client.ts";
import type { KubernetesObject, ObjectName } from "./object.ts";
import { collectionPath, objectPath, type Resource } from "./resource.ts";
import { readWatch } from "./read_watch.ts";
import { responseError } from "./response_error.ts";
import type { ApiRequest, Transport } from "./transport.ts";
import { withRetries } from "./with_retries.ts";

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
      path: collectionPath(resource, object.metadata.namespace),
      query: { fieldManager },
      body: object,
      ...this.#labels("create", resource, object.metadata),
      signal,
    }, { repeatable: false });
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
      // Without a version, a second update could undo what somebody did after the first.
    }, { repeatable: object.metadata.resourceVersion !== undefined });
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
    const answer = await this.#options.transport.send(request);
    if (!answer.ok) throw await responseError(request, answer);
    yield* readWatch(answer.body!, request.action);
  }

  #labels(verb: string, resource: Resource, { namespace, name }: ObjectName) {
    const at = namespace === undefined ? name : `${namespace}/${name}`;
    return { verb, resource: resource.plural, action: `${verb} ${resource.kind} "${at}"` };
  }

  /** Sends a request, again where that may help, and gives the JSON of the answer. */
  async #json<T>(request: ApiRequest, { repeatable = true } = {}): Promise<T> {
    return await withRetries(async () => {
      const answer = await this.#options.transport.send(request);
      if (!answer.ok) throw await responseError(request, answer);
      return parseAnswer<T>(request, await answer.text());
    }, { ...this.#options, repeatable, signal: request.signal });
  }
}

interface ListPage {
  items?: KubernetesObject[];
  metadata?: { resourceVersion?: string; continue?: string };
}

function parseAnswer<T>({ action }: ApiRequest, text: string): T {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the text, which may be a Secret's.
    throw new ApiError(`Cannot ${action}: the answer is no JSON`, { status: 0 });
  }
}
