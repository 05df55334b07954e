import { systemClock } from "../../shared/clock.ts";
import { HttpClient } from "../../operator/kubernetes/http_client.ts";
import { Reflector } from "../../operator/kubernetes/reflector.ts";
import type { KubernetesObject, ObjectName } from "../../operator/kubernetes/object.ts";
import type { Resource } from "../../operator/kubernetes/resource.ts";
import { Transport } from "../../operator/kubernetes/transport.ts";
import { Changes } from "../e2e/changes.ts";
import type { ControlPlane } from "./control_plane.ts";

/** How long a condition may take in a test, in milliseconds: far longer than on a busy machine. */
const PATIENCE = 120_000;

/** The administrator's client of a test, which can also wait for what it expects to see. */
export class ClusterClient implements AsyncDisposable {
  readonly #transport: Transport;
  readonly api: HttpClient;
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, Reflector>();
  readonly #running: Promise<void>[] = [];
  readonly #changes = new Changes();

  /** `tries` is how often a request is sent in all; many, so that a test need not. */
  constructor(
    { url, ca, adminToken }: Pick<ControlPlane, "url" | "ca" | "adminToken">,
    { tries = 20 }: { tries?: number } = {},
  ) {
    const authorization = `Bearer ${adminToken}`;
    this.#transport = new Transport({
      access: { server: url, ca, headers: () => Promise.resolve({ authorization }) },
      userAgent: "genkitd-tests",
      writeTimeout: 30_000,
    });
    this.api = new HttpClient({
      transport: this.#transport,
      clock: systemClock,
      random: Math.random,
      tries,
    });
  }

  /** Follows a resource; its objects are then in what it gives. */
  async follow(resource: Resource): Promise<Reflector> {
    const known = this.#seen.get(resource.kind);
    if (known !== undefined) return known;
    const reflector = new Reflector({
      client: this.api,
      resource,
      clock: systemClock,
      random: Math.random,
      labels: ["genkit.dev/flow", "genkit.dev/flowset"],
      onRestart: () => {},
      onChange: () => this.#changes.tell(),
    });
    this.#seen.set(resource.kind, reflector);
    this.#running.push(reflector.run(this.#stop.signal));
    await reflector.synced;
    return reflector;
  }

  /**
   * Waits until all that is followed has come to where the API server is now: each resource has a watch
   * of its own, so that one may have told what another has not yet.
   */
  async caughtUp(): Promise<void> {
    for (const reflector of this.#seen.values()) await this.#caughtUp(reflector);
  }

  /**
   * Waits until `check` gives something for an object; the object is undefined while there is none. It
   * is never asked about an object older than the API server had when the wait began.
   */
  async until<T>(
    resource: Resource,
    name: ObjectName,
    check: (object: KubernetesObject | undefined) => T,
  ): Promise<NonNullable<T>> {
    const reflector = await this.follow(resource);
    await this.#caughtUp(reflector, name);
    return await this.when(() => check(reflector.get(name)), () => reflector.get(name));
  }

  /** Waits until `check` gives something; it is asked after each change of what is followed. */
  async when<T>(check: () => T, show: () => unknown = () => ""): Promise<NonNullable<T>> {
    return await this.#changes.until(check, {
      patience: PATIENCE,
      complaint: () => `It never became true: ${check}\n${JSON.stringify(show(), null, 2)}`,
    });
  }

  /** Waits until the watch has told what the API server has now, of one object or of all. */
  async #caughtUp(reflector: Reflector, one?: ObjectName): Promise<void> {
    const { resource } = reflector;
    const selection = one && {
      namespace: one.namespace,
      fieldSelector: `metadata.name=${one.name}`,
    };
    await this.#changes.until(
      async () => {
        const { items, resourceVersion } = await this.api.list(resource, selection);
        const told = one === undefined ? reflector.list() : [reflector.get(one) ?? []].flat();
        return isAsNew(told, items, BigInt(resourceVersion));
      },
      {
        patience: PATIENCE,
        complaint: () => `The watch of ${resource.kind} does not bring what is there`,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    this.#transport[Symbol.dispose]();
  }
}

/** Whether what a watch has told is as new as a list of that version; it may be newer. */
function isAsNew(
  told: readonly KubernetesObject[],
  listed: readonly KubernetesObject[],
  version: bigint,
): boolean {
  const versions = new Map(told.map(({ metadata }) => [metadata.uid, versionOf(metadata)]));
  const there = new Set(listed.map(({ metadata: { uid } }) => uid));
  return listed.every(({ metadata }) =>
    (versions.get(metadata.uid) ?? -1n) >= versionOf(metadata)
  ) && told.every(({ metadata }) => there.has(metadata.uid) || versionOf(metadata) > version);
}

/** They can be compared since Kubernetes 1.35, and with etcd always could. */
function versionOf({ resourceVersion = "0" }: KubernetesObject["metadata"]): bigint {
  return BigInt(resourceVersion);
}
