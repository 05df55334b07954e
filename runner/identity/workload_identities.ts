import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import { findProvider } from "../../shared/providers.ts";
import type { CredentialSource } from "../credentials.ts";
import { HeldIdentity } from "./held_identity.ts";
import type { WorkloadIdentity } from "./workload_identity.ts";

/** Options of {@linkcode WorkloadIdentities}. */
export interface WorkloadIdentitiesOptions {
  /** One a provider. */
  identities: readonly WorkloadIdentity[];
  clock: Clock;
  log: Pick<Log, "warn">;
}

/**
 * The workload identities of this process: credentials for flows that have none of their own. The
 * cloud is asked once a flow wants them.
 */
export class WorkloadIdentities {
  #options: WorkloadIdentitiesOptions;
  #held = new Map<string, HeldIdentity>();
  #waiting: Promise<void>[] = [];
  #changed: () => void = () => {};

  constructor(options: WorkloadIdentitiesOptions) {
    this.#options = options;
  }

  /**
   * Credentials of a flow: its `own` where these have any key of the provider, else those of the
   * process. A flow that names a Secret has no part in the process's identity, so it is not asked
   * for here.
   */
  source(provider: string, own: CredentialSource): CredentialSource {
    const identity = this.#options.identities.find((identity) => identity.provider === provider);
    const { credentialKeys = [], insteadKeys = [] } = findProvider(provider) ?? {};
    const hasOwn = [...credentialKeys.flat(), ...insteadKeys].some((key) => own.get(key)?.trim());
    if (identity === undefined || hasOwn) return own;
    let held = this.#held.get(provider);
    if (held === undefined) {
      held = this.#hold(identity);
      this.#held.set(provider, held);
      this.#waiting.push(held.first);
    }
    const { credentials, failure } = held;
    return {
      passing: true,
      get: (key) => credentials?.[key] ?? own.get(key),
      hint: (keys) =>
        `${own.hint(keys)}; the credentials of this workload cannot be had: ${failure}`,
    };
  }

  /**
   * Resolves once every identity that flows asked for has been tried, with whether there were any to
   * wait for: plans that were made before should then be made again.
   */
  async settled(): Promise<boolean> {
    const waiting = this.#waiting.splice(0);
    await Promise.all(waiting);
    return waiting.length > 0;
  }

  /** Has `changed` called whenever credentials have been replaced, or have run out. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** Ends the renewal. */
  close(): void {
    for (const held of this.#held.values()) held.close();
  }

  #hold(identity: WorkloadIdentity): HeldIdentity {
    const { clock, log } = this.#options;
    const { provider } = identity;
    return new HeldIdentity(identity, {
      clock,
      changed: () => this.#changed(),
      failed: (reason) =>
        log.warn("the workload's credentials cannot be had; trying again", { provider, reason }),
    });
  }
}
