import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import type { Client, Selection, WatchEvent } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import type { Resource } from "./resource.ts";

/** What a watcher tells. */
export type WatcherEvent =
  /** All objects that there are; those that are not among them are gone. */
  | { type: "listed"; objects: KubernetesObject[] }
  | { type: "applied" | "deleted"; object: KubernetesObject };

/** Why a watch was opened anew, or a list made. */
export type RestartReason = "Expired" | "Error" | "BadLine" | "Silent";

/** What {@linkcode watchObjects} works with. */
export interface WatcherOptions {
  client: Pick<Client, "list" | "watch">;
  resource: Resource;
  selection?: Selection;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  signal: AbortSignal;
  /** Told of every fault that it goes on after. */
  onRestart(reason: RestartReason, error: ApiError): void;
  /**
   * After how many milliseconds without a byte a watch is taken for dead. An API server sends a
   * bookmark about once a minute (its bookmarkFrequency), so that silence is no sign of calm.
   */
  silence?: number;
}

/** How long the server keeps a watch open, in seconds; some of it is chance, to spread the ends. */
const OPEN_SECONDS = 300;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 30_000;

/**
 * Lists and then watches a resource's objects, for good: goes on from where it was after each end,
 * lists again only when the server has forgotten that place (410), and waits longer and longer while
 * nothing works. Ends when `signal` is aborted.
 */
export async function* watchObjects(options: WatcherOptions): AsyncGenerator<WatcherEvent> {
  const { client, resource, selection = {}, signal, onRestart } = options;
  let version: string | undefined;
  let faults = 0;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await client.list(resource, selection, { signal });
        version = list.resourceVersion;
        yield { type: "listed", objects: list.items };
      }
      let told = false;
      for await (const event of guarded(options, version)) {
        told = true;
        faults = 0;
        if (event.type === "BOOKMARK") {
          version = event.resourceVersion;
          continue;
        }
        version = event.object.metadata.resourceVersion ?? version;
        yield { type: event.type === "DELETED" ? "deleted" : "applied", object: event.object };
      }
      // A server that ends each watch at once must not be asked in a circle.
      if (!told) await wait(options, faults++);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      const expired = error.status === 410;
      if (expired) version = undefined;
      onRestart(expired ? "Expired" : reasonOf(error), error);
      // A place that is forgotten is no fault of the server: a list follows at once, the first time.
      if (expired && faults++ === 0) continue;
      await wait(options, faults++, error.retryAfter);
    }
  }
}

function reasonOf({ reason }: ApiError): RestartReason {
  return reason === "BadLine" || reason === "Silent" ? reason : "Error";
}

/** Opens a watch that ends with an error when it has been silent for too long. */
async function* guarded(
  { client, resource, selection = {}, clock, random, signal, silence = 90_000 }: WatcherOptions,
  resourceVersion: string,
): AsyncGenerator<WatchEvent> {
  const dead = new AbortController();
  let cancel = () => {};
  const alive = () => {
    cancel();
    cancel = clock.after(silence, () =>
      dead.abort(
        new ApiError(`Cannot watch ${resource.kind}: nothing came for ${silence / 1000} s`, {
          status: 0,
          reason: "Silent",
        }),
      ));
  };
  alive();
  try {
    const events = client.watch(resource, selection, {
      resourceVersion,
      timeoutSeconds: Math.round(OPEN_SECONDS * (1 + random())),
      signal: AbortSignal.any([signal, dead.signal]),
    });
    for await (const event of events) {
      alive();
      yield event;
    }
  } catch (error) {
    if (dead.signal.aborted) throw dead.signal.reason;
    if (error instanceof ApiError || signal.aborted) throw error;
    // The connection broke in the middle of the answer.
    const message = `Cannot watch ${resource.kind}: ${(error as Error)?.message ?? error}`;
    throw new ApiError(message, { status: 0, cause: error });
  } finally {
    cancel();
  }
}

async function wait(
  { clock, random, signal }: WatcherOptions,
  faults: number,
  retryAfter = 0,
): Promise<void> {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(faults, 10));
  const ms = Math.max(retryAfter, longest / 2 + random() * longest / 2);
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  cancel();
}
