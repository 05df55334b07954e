import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject, ObjectName } from "./object.ts";
import { pause } from "../../shared/pause.ts";
import { resources } from "./resources.ts";

/** What {@linkcode LeaseElection} works with. Times are milliseconds. */
export interface LeaseElectionOptions {
  /** Must not refuse writes itself: the lease is what permits them. */
  client: Pick<Client, "get" | "create" | "update">;
  lease: ObjectName;
  /** Names this process among all that there ever are. */
  identity: string;
  clock: Clock;
  /** Milliseconds since 1970: `renewTime`, for people, and to notice that the machine slept. */
  wall(): number;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  /** Told of requests that failed; the lease is tried again. */
  onError(error: unknown): void;
  /** After how long without a renewal another may take the lease. */
  leaseDuration?: number;
  /** After how long without a renewal the holder stops by itself. */
  renewDeadline?: number;
  /** How often the lease is looked at. */
  retryPeriod?: number;
}

/** The part of a Lease that is read and written. */
interface LeaseSpec {
  holderIdentity?: string | undefined;
  leaseDurationSeconds?: number | undefined;
  acquireTime?: string | undefined;
  renewTime?: string | undefined;
  leaseTransitions?: number | undefined;
}

/**
 * Leader election by a Lease (coordination.k8s.io/v1). Clocks of different machines are never compared:
 * whether a lease has run out is told by how long it has not changed before our own eyes.
 *
 * A holder may write for `renewDeadline` after it *began* its last renewal. A write takes no longer
 * than the transport's write timeout, so that none is under way when another can take the lease:
 * renewDeadline + write timeout must be below leaseDuration.
 */
export class LeaseElection {
  readonly #options: Required<LeaseElectionOptions>;
  #lease: KubernetesObject | undefined;
  /** When the last successful renewal began; undefined while another may lead. */
  #renewed: { at: number; wall: number } | undefined;
  /** Since when the lease of another has not changed. */
  #observed: { version: string | undefined; at: number } | undefined;

  constructor(options: LeaseElectionOptions) {
    this.#options = {
      leaseDuration: 15_000,
      renewDeadline: 10_000,
      retryPeriod: 2_000,
      ...options,
    };
  }

  /** Whether a write may start now. Asked of the clock each time: no timer needs to have run. */
  mayWrite(): boolean {
    if (this.#renewed === undefined) return false;
    const { clock, wall, renewDeadline } = this.#options;
    // The monotonic clock stands still while a machine sleeps; the other one may be set back.
    const elapsed = Math.max(clock.now() - this.#renewed.at, wall() - this.#renewed.wall);
    return elapsed < renewDeadline;
  }

  /** Who holds the lease, as far as is known. */
  get holder(): string | undefined {
    return specOf(this.#lease).holderIdentity || undefined;
  }

  /**
   * Waits for the lease and then leads until the signal, or until the lease is lost: then the signal
   * that `lead` is given is aborted at once, and it must write nothing more. A clean end gives the
   * lease back, once `lead` has ended.
   */
  async run(
    signal: AbortSignal,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<"stopped" | "lost"> {
    while (!await this.#acquire(signal)) {
      if (signal.aborted) return "stopped";
      // Free, and not ours yet: not tried again faster than any other request.
      await this.#wait(signal, this.#untilFree() || Infinity);
      if (signal.aborted) return "stopped";
    }
    const over = new AbortController();
    const ended = new AbortController();
    const leading = lead(AbortSignal.any([signal, over.signal])).finally(() => ended.abort());
    // Waited for below; until then, its failure is nobody's fault.
    leading.catch(() => {});
    // The lease is renewed while the work that is under way comes to its end, too.
    const kept = await this.#keep(ended.signal);
    if (!kept) over.abort();
    try {
      await leading;
    } finally {
      if (kept) await this.#release();
    }
    return kept ? "stopped" : "lost";
  }

  /** Tries to take the lease, once. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { client, lease, identity, clock, wall, leaseDuration, onError } = this.#options;
    try {
      const found = await client.get(resources.Lease, lease, { signal });
      if (found !== undefined && !this.#isFree(found)) return false;
      const began = { at: clock.now(), wall: wall() };
      const now = microTime(began.wall);
      const spec: LeaseSpec = {
        holderIdentity: identity,
        leaseDurationSeconds: leaseDuration / 1000,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: found === undefined ? 0 : (specOf(found).leaseTransitions ?? 0) + 1,
      };
      // Not ended by the signal: a lease that was taken unknown to us could not be given back.
      this.#lease = found === undefined
        ? await client.create(resources.Lease, {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: lease,
          spec,
        })
        : await client.update(resources.Lease, { ...found, spec });
      this.#renewed = began;
      return true;
    } catch (error) {
      // Another one was faster, or we are told to stop.
      const usual = signal.aborted || (error instanceof ApiError && error.status === 409);
      if (!usual) onError(error);
      return false;
    }
  }

  /** Whether nobody holds the lease, or its holder has not renewed it before our eyes in its time. */
  #isFree(lease: KubernetesObject): boolean {
    this.#lease = lease;
    const { holderIdentity } = specOf(lease);
    // Our own where the answer to our taking it was lost: nothing has been done with it.
    if (!holderIdentity || holderIdentity === this.#options.identity) return true;
    const version = lease.metadata.resourceVersion;
    if (this.#observed?.version !== version) {
      this.#observed = { version, at: this.#options.clock.now() };
    }
    return this.#untilFree() === 0;
  }

  /** How long the lease of another must stay as it is, from now on, to have run out. */
  #untilFree(): number {
    if (this.#observed === undefined) return Infinity;
    const { clock, leaseDuration } = this.#options;
    const { leaseDurationSeconds = leaseDuration / 1000 } = specOf(this.#lease);
    // Later than its end: at its end, its holder may just be renewing it.
    const end = this.#observed.at + leaseDurationSeconds * 1000 + 1;
    return Math.max(0, end - clock.now());
  }

  /** Renews the lease until the signal; false where it was lost. */
  async #keep(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await this.#wait(signal, this.#untilDeadline());
      if (!this.mayWrite()) return this.#lose();
      if (signal.aborted) break;
      if (!await this.#renew()) return this.#lose();
    }
    return true;
  }

  /** Renews the lease once. A failure is no loss while there is time; another holder is. */
  async #renew(): Promise<boolean> {
    const { client, clock, wall, identity, lease, onError } = this.#options;
    const began = { at: clock.now(), wall: wall() };
    const late = new AbortController();
    const cancel = clock.after(this.#untilDeadline(), () => late.abort(new Late()));
    try {
      const spec = { ...specOf(this.#lease), renewTime: microTime(began.wall) };
      const options = { signal: late.signal };
      this.#lease = await client.update(resources.Lease, { ...this.#lease!, spec }, options);
      this.#renewed = began;
      return true;
    } catch (error) {
      if (!late.signal.aborted) onError(error);
      if (!(error instanceof ApiError && (error.status === 409 || error.status === 404))) {
        return true;
      }
      // Somebody changed it: maybe only a label, maybe the holder.
      const found = await client.get(resources.Lease, lease, { signal: late.signal })
        .catch(() => this.#lease);
      if (specOf(found).holderIdentity !== identity) return false;
      this.#lease = found;
      return true;
    } finally {
      cancel();
    }
  }

  async #release(): Promise<void> {
    if (!this.mayWrite()) return;
    this.#renewed = undefined;
    const spec = { ...specOf(this.#lease), holderIdentity: "", leaseDurationSeconds: 1 };
    try {
      await this.#options.client.update(resources.Lease, { ...this.#lease!, spec });
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #lose(): boolean {
    this.#renewed = undefined;
    return false;
  }

  #untilDeadline(): number {
    const { clock, renewDeadline } = this.#options;
    return Math.max(0, renewDeadline - (clock.now() - (this.#renewed?.at ?? -Infinity)));
  }

  /** Waits a retry period, a fifth of it by chance, or less where time is shorter. */
  async #wait(signal: AbortSignal, longest: number): Promise<void> {
    const { clock, random, retryPeriod } = this.#options;
    await pause(Math.min(longest, retryPeriod * (0.9 + 0.2 * random())), clock, signal);
  }
}

class Late extends Error {
  constructor() {
    super("the renew deadline has passed");
  }
}

function specOf(lease: KubernetesObject | undefined): LeaseSpec {
  return (lease?.spec ?? {}) as LeaseSpec;
}

/** Kubernetes' MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
