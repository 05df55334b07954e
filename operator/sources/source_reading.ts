import type { FlowSource } from "../../shared/api/flow_source.ts";
import type { Clock } from "../../shared/clock.ts";
import { readDuration } from "../../shared/read_duration.ts";
import { type Fetcher, FetchFailure } from "../../shared/sources/fetcher.ts";
import { namedData } from "../engine/named_data.ts";
import type { Client } from "../kubernetes/client.ts";
import { resources } from "../kubernetes/resources.ts";
import { type Plan, planObjects } from "./plan_objects.ts";
import type { ReadCredentials } from "./source_fetcher.ts";
import { keyOf } from "./object_applier.ts";

/** What {@linkcode SourceReading} works with. */
export interface SourceReadingOptions {
  client: Pick<Client, "get">;
  clock: Clock;
  /** Makes what reads a source; throws InvalidSource where its spec cannot be used. */
  fetcher(spec: FlowSource["spec"], credentials: ReadCredentials): Promise<Fetcher>;
}

/** What is known of one FlowSource from sync to sync; gone when the process ends. */
export class SourceReading {
  /** What was found to be as wanted, by kind and name. */
  readonly verified = new Map<string, string>();
  /** How many syncs in a row failed. */
  failures = 0;
  /** Whether the last sync took long. */
  slow = false;
  readonly #options: SourceReadingOptions;
  readonly #source: FlowSource;
  readonly #what: string;
  #fetcher: Fetcher | undefined;
  #plan: Plan | undefined;

  constructor(source: FlowSource, options: SourceReadingOptions) {
    this.#source = source;
    this.#options = options;
    this.#what = whatOf(source);
  }

  /** Whether this is still a reading of what the FlowSource asks for. */
  fits(source: FlowSource): boolean {
    return whatOf(source) === this.#what;
  }

  /**
   * Reads the source, and gives what it asks to be applied; the last plan where nothing changed.
   *
   * @throws {FetchFailure} where it cannot be read.
   * @throws {InvalidSource} where the spec cannot be used.
   */
  async plan(signal: AbortSignal): Promise<Plan> {
    this.#fetcher ??= await this.#options.fetcher(
      this.#source.spec,
      () => this.#credentials(),
    );
    const snapshot = await this.#fetch(this.#fetcher, signal);
    if (snapshot !== undefined) {
      const { spec, metadata: { name, namespace = "" } } = this.#source;
      const target = spec.targetNamespace ?? namespace;
      this.#plan = planObjects(snapshot, { namespace, name }, target);
      const wanted = new Set(this.#plan.objects.map(keyOf));
      for (const key of this.verified.keys()) if (!wanted.has(key)) this.verified.delete(key);
    }
    return this.#plan!;
  }

  async #credentials(): Promise<Record<string, string> | undefined> {
    const { spec: { secretRef }, metadata: { namespace } } = this.#source;
    if (secretRef === undefined || secretRef.name === "") return undefined;
    const name = { namespace, name: secretRef.name };
    const secret = await this.#options.client.get(resources.Secret, name);
    if (secret !== undefined) return namedData(secret).data;
    const message = `Secret "${namespace}/${secretRef.name}" of its credentials does not exist`;
    throw new FetchFailure("AuthenticationFailed", message);
  }

  async #fetch(fetcher: Fetcher, signal: AbortSignal) {
    const { git, oci } = this.#source.spec;
    const timeout = readDuration((git ?? oci)!.timeout)!;
    const late = new AbortController();
    const cancel = this.#options.clock.after(timeout, () => late.abort());
    try {
      return await fetcher.fetch(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (!late.signal.aborted || signal.aborted) throw error;
      const message = `Cannot read the source: it took longer than ${timeout / 1000} s`;
      throw new FetchFailure("Unreachable", message);
    } finally {
      cancel();
    }
  }
}

/** All that a reading depends on; and what was verified, on who may see it. */
function whatOf({ metadata: { uid }, spec }: FlowSource): string {
  const { git, oci, secretRef, targetNamespace, serviceAccountName } = spec;
  return JSON.stringify([uid, git, oci, secretRef, targetNamespace, serviceAccountName]);
}
