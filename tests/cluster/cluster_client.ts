import { systemClock } from "../../shared/clock.ts";
import { HttpClient } from "../../operator/kubernetes/http_client.ts";
import { Reflector } from "../../operator/kubernetes/reflector.ts";
import type { KubernetesObject, ObjectName } from "../../operator/kubernetes/object.ts";
import type { Resource } from "../../operator/kubernetes/resource.ts";
import { Transport } from "../../operator/kubernetes/transport.ts";
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
  #changed = Promise.withResolvers<void>();

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
      onChange: () => {
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      },
    });
    this.#seen.set(resource.kind, reflector);
    this.#running.push(reflector.run(this.#stop.signal));
    await reflector.synced;
    return reflector;
  }

  /** Waits until `check` gives something for an object; the object is undefined while there is none. */
  async until<T>(
    resource: Resource,
    name: ObjectName,
    check: (object: KubernetesObject | undefined) => T,
  ): Promise<NonNullable<T>> {
    const reflector = await this.follow(resource);
    return await this.when(() => check(reflector.get(name)), () => reflector.get(name));
  }

  /** Waits until `check` gives something; it is asked after each change of what is followed. */
  async when<T>(check: () => T, show: () => unknown = () => ""): Promise<NonNullable<T>> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), PATIENCE);
    try {
      for (;;) {
        const changed = this.#changed.promise;
        const result = check();
        if (result !== undefined && result !== null && result !== false) return result;
        if (await Promise.race([changed, late.promise]) === "late") {
          throw new Error(`It never became true: ${check}\n${JSON.stringify(show(), null, 2)}`);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    this.#transport[Symbol.dispose]();
  }
}
