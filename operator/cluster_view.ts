import type { Clock } from "../shared/clock.ts";
import type { Log } from "../shared/log.ts";
import type { Engine } from "./engine/engine.ts";
import { SCALE_TARGET, trimmedObject } from "./engine/trimmed_object.ts";
import type { Client, Selection } from "./kubernetes/client.ts";
import { Reflector, type ReflectorOptions } from "./kubernetes/reflector.ts";
import type { Resource } from "./kubernetes/resource.ts";
import { resources } from "./kubernetes/resources.ts";
import { SERVER_LABEL } from "./render/labels.ts";
import { EVAL_LABEL } from "./render/labels.ts";
import { NOT_OURS, WATCHED } from "./watched.ts";

/** The labels by which the controllers find objects. */
export const INDEXED_LABELS = [...Object.values(SERVER_LABEL), EVAL_LABEL, SCALE_TARGET];

/** What {@linkcode ClusterView} works with. */
export interface ClusterViewOptions {
  client: Client;
  /** One namespace; the whole cluster where it is absent. */
  namespace: string | undefined;
  watchSecrets: boolean;
  clock: Clock;
  random(): number;
  log: Log;
  /** After how much silence a watch is taken for dead, in milliseconds; 90 s where absent. */
  silence?: number;
  /** Told of every fault that a watch goes on after. */
  onRestart(kind: string, reason: string): void;
}

/** Who is told of changes. */
export type Listener = Pick<Engine, "changed" | "listed" | "dataChanged">;

/** Everything of the cluster that the operator keeps in memory. */
export class ClusterView {
  /** What is kept, by kind. */
  readonly stores: ReadonlyMap<string, Reflector>;
  /** Secrets and ConfigMaps of others: only that they changed is seen. */
  readonly #signals: Reflector[] = [];
  #listeners: readonly Listener[] = [];

  constructor(options: ClusterViewOptions) {
    const reflector = (
      resource: Resource,
      selection: Selection,
      more: Pick<ReflectorOptions, "transform" | "onChange" | "onListed">,
    ) =>
      new Reflector({
        client: options.client,
        resource,
        selection: { ...selection, namespace: options.namespace },
        clock: options.clock,
        random: options.random,
        labels: INDEXED_LABELS,
        ...options.silence !== undefined && { silence: options.silence },
        onRestart: (reason, error) => {
          options.onRestart(resource.kind, reason);
          options.log.warn("watch restarted", {
            kind: resource.kind,
            reason,
            error: error.message,
          });
        },
        ...more,
      });
    this.stores = new Map(WATCHED.map(({ resource, labelSelector }) => [
      resource.kind,
      reflector(resource, { labelSelector }, {
        transform: trimmedObject,
        onChange: (change) => this.#each((listener) => listener.changed(resource, change)),
        onListed: (version) => this.#each((listener) => listener.listed(resource, version)),
      }),
    ]));
    const signal = (kind: "Secret" | "ConfigMap", labelSelector?: string) =>
      reflector(resources[kind], { metadataOnly: true, labelSelector }, {
        // Nothing of them is needed but that their version changed.
        transform: ({ apiVersion, kind, metadata: { namespace, name, uid, resourceVersion } }) => ({
          apiVersion,
          kind,
          metadata: { namespace, name, uid, resourceVersion },
        }),
        onChange: ({ object: { metadata: { namespace = "", name } } }) =>
          this.#each((listener) => listener.dataChanged(kind, namespace, name)),
      });
    this.#signals.push(signal("ConfigMap", NOT_OURS));
    if (options.watchSecrets) this.#signals.push(signal("Secret"));
  }

  /** Whether everything has been listed once. */
  get isSynced(): boolean {
    return this.#all().every(({ isSynced }) => isSynced);
  }

  /** The kinds that have not been listed yet. */
  get missing(): string[] {
    return this.#all().filter(({ isSynced }) => !isSynced).map(({ resource }) => resource.kind);
  }

  /** Says who is told of changes from now on. */
  tell(listeners: readonly Listener[]): void {
    this.#listeners = listeners;
  }

  /** Follows the cluster until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all().map((reflector) => reflector.run(signal)));
  }

  /** Fulfilled once everything has been listed. */
  async synced(): Promise<void> {
    await Promise.all(this.#all().map(({ synced }) => synced));
  }

  #each(tell: (listener: Listener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }

  #all(): Reflector[] {
    return [...this.stores.values(), ...this.#signals];
  }
}
