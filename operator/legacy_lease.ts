import type { Clock } from "../shared/clock.ts";
import { ApiError } from "./kubernetes/api_error.ts";
import type { Client } from "./kubernetes/client.ts";
import { pause } from "../shared/pause.ts";
import { resources } from "./kubernetes/resources.ts";
import { LEGACY_LEASE } from "./lease_names.ts";

/** What {@linkcode LegacyLease.live} says before the lease could be read. */
export const NOT_KNOWN = "not known yet";

/** What {@linkcode LegacyLease} works with. */
export interface LegacyLeaseOptions {
  client: Pick<Client, "get">;
  /** Where genkit-operator runs. */
  namespace: string;
  clock: Clock;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Told once of each failure in a row: it cannot be seen whether genkit-operator runs. */
  onError(error: unknown): void;
}

/** How often the lease is looked at, in milliseconds. */
const INTERVAL = 5_000;

/** By how much the clocks of a cluster's machines may differ, in milliseconds. */
const CLOCK_SKEW = 5 * 60_000;

/**
 * Watches whether a genkit-operator 0.5.0 leads: it has the same field manager, so that the two would
 * undo each other's work for ever.
 */
export class LegacyLease {
  readonly #options: LegacyLeaseOptions;
  #observed: { version: string | undefined; at: number } | undefined;
  #live: string | undefined = NOT_KNOWN;
  #failing = false;

  constructor(options: LegacyLeaseOptions) {
    this.#options = options;
  }

  /** Who holds the lease; undefined where nobody does any more. Somebody does until it was read. */
  get live(): string | undefined {
    return this.#live;
  }

  /** Looks again and again until the signal; tells of every look. */
  async watch(signal: AbortSignal, onLook: (live: string | undefined) => void): Promise<void> {
    while (!signal.aborted) {
      onLook(await this.look());
      await pause(INTERVAL, this.#options.clock, signal);
    }
  }

  /** Looks once. What cannot be read is as it was before. */
  async look(): Promise<string | undefined> {
    const { client, namespace, clock, wall, onError } = this.#options;
    try {
      const lease = await client.get(resources.Lease, { namespace, name: LEGACY_LEASE });
      this.#failing = false;
      const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = (lease?.spec ?? {}) as {
        holderIdentity?: string;
        renewTime?: string;
        leaseDurationSeconds?: number;
      };
      if (!holderIdentity) return this.#live = undefined;
      const duration = leaseDurationSeconds * 1000;
      const version = lease!.metadata.resourceVersion;
      if (this.#observed?.version !== version) {
        // A change before our eyes is a sign of life. At first sight only its own time tells, and
        // only of a lease that was left long ago: a younger one is watched until it has run out.
        const age = wall() - Date.parse(renewTime ?? "");
        const left = this.#observed === undefined && Math.abs(age) > duration + CLOCK_SKEW;
        this.#observed = { version, at: left ? -Infinity : clock.now() };
      }
      const alive = clock.now() - this.#observed!.at <= duration;
      return this.#live = alive ? holderIdentity : undefined;
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) this.#live = undefined;
      if (!this.#failing) onError(error);
      this.#failing = true;
      return this.#live;
    }
  }
}
