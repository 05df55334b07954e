import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import type { Client, Selection, WatchEvent } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { pause } from "../../shared/pause.ts";
import type { Resource } from "./resource.ts";

/** What a watcher tells. */
export type WatcherEvent =
  /** All objects that there are at that version; those that are not among them are gone. */
  | { type: "listed"; objects: KubernetesObject[]; resourceVersion: string }
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
   * After how many milliseconds without an event a watch is taken for dead. The server is asked to
   * end each watch before that, so that silence is never calm. Its bookmarks are no such sign: one
   * comes each minute, but none until something has changed since the watch was opened.
   */
  silence?: number;
}

/** A watch that ends sooner with nothing new, in milliseconds, was turned away. */
const SHORTEST = 5_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 30_000;

/**
 * Lists and then watches a resource's objects, for good: goes on from where it was after each end,
 * lists again only when the server has forgotten that place (410) or sends the same bad line twice,
 * and waits longer and longer while nothing works. Ends when `signal` is aborted.
 *
 * The list is a plain one in pages, which means the same on every API server. A streaming list
 * (`sendInitialEvents`) is on in Kubernetes 1.32, off in 1.33 and on again from 1.34, so that it would
 * need this one beside it.
 */
export async function* watchObjects(options: WatcherOptions): AsyncGenerator<WatcherEvent> {
  const { client, resource, selection = {}, signal, onRestart } = options;
  let version: string | undefined;
  /** The version after which a line could not be read. */
  let badAfter: string | undefined;
  let faults = 0;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await client.list(resource, selection, { signal });
        version = list.resourceVersion;
        yield { type: "listed", objects: list.items, resourceVersion: list.resourceVersion };
      }
      const opened = options.clock.now();
      const from = version;
      for await (const event of guarded(options, version)) {
        version = versionOf(event) ?? version;
        if (version !== from) faults = 0;
        if (event.type === "BOOKMARK") continue;
        yield { type: event.type === "DELETED" ? "deleted" : "applied", object: event.object };
      }
      // A server that ends each watch at once must not be asked in a circle.
      const brief = options.clock.now() - opened < SHORTEST;
      if (brief && version === from) await wait(options, faults++);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      const expired = error.status === 410;
      const bad = error.reason === "BadLine";
      // What does not get better by asking again must not hold up all that comes after it.
      if (expired || bad && badAfter === version) version = undefined;
      badAfter = bad ? version : undefined;
      onRestart(expired ? "Expired" : reasonOf(error), error);
      // A place that is forgotten is no fault of the server: a list follows at once, the first time.
      const atOnce = expired && faults === 0;
      if (atOnce) faults++;
      else await wait(options, faults++, error.retryAfter);
    }
  }
}

function versionOf(event: WatchEvent): string | undefined {
  return event.type === "BOOKMARK" ? event.resourceVersion : event.object.metadata.resourceVersion;
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
      // Some of it is chance, so that the watches of all resources do not end together.
      timeoutSeconds: Math.max(1, Math.round(silence / 1000 * (4 + random()) / 6)),
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

/** Half of the wait is chance, so that the watches of all resources do not march in step. */
async function wait(
  { clock, random, signal }: WatcherOptions,
  faults: number,
  retryAfter = 0,
): Promise<void> {
  const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(faults, 10));
  await pause(retryAfter + longest / 2 + random() * longest / 2, clock, signal);
}
