import type { Clock } from "../../../shared/clock.ts";
import { type Api, ApiFailure } from "../cluster/api.ts";
import type { Pod } from "./pod.ts";
import type { PodStatus } from "./pod_status.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode StatusWriter}. */
export interface StatusWriterOptions {
  api: Api;
  pod: Pod;
  clock: Clock;
  /** Ends the writing. */
  signal: AbortSignal;
  /** Gives the status as it is now. */
  status(): PodStatus;
}

/** Milliseconds until a write that failed is tried again; API servers restart in tests. */
const RETRY = 200;

/** Writes the status of a pod, one write at a time, the newest always at last. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #wanted = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Has the status written soon. */
  mark(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Resolves when what was marked is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { api, pod, clock, signal, status } = this.#options;
    const { namespace, name, uid } = pod.metadata;
    while (!signal.aborted) {
      this.#wanted = false;
      try {
        // The uid keeps it from another pod of the same name.
        const patch = { metadata: { uid }, status: status() };
        const type = "application/strategic-merge-patch+json";
        await api.send("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, patch, type);
        return;
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 404) return;
        await wait(clock, RETRY, signal);
      }
    }
  }
}
