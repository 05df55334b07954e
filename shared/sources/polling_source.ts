import { type Clock, systemClock } from "../clock.ts";
import { pause } from "../pause.ts";
import { type Fetcher, FetchFailure } from "./fetcher.ts";
import type { Snapshot, Source, SourceStatus } from "./source.ts";

/** Options of {@linkcode pollingSource}. */
export interface PollingOptions {
  /** What the source is called in messages. */
  name: string;
  fetcher: Fetcher;
  /** Milliseconds from the end of one reading to the next, give or take a tenth by chance. */
  interval: number;
  /** Milliseconds for one reading. */
  timeout: number;
  /** Read again and again; else the snapshots end after the first. Default true. */
  watch?: boolean;
  /**
   * What a first reading that fails does: `throw` ends the snapshots by it, `retry` gives a snapshot
   * without files that tells it, and goes on. Default `throw`.
   */
  firstFailure?: "throw" | "retry";
  /** Told of the status after each reading, for logs. */
  observe?(status: SourceStatus): void;
  clock?: Clock;
  /** The wall clock. */
  date?(): Date;
  /** Gives numbers from 0 to below 1. */
  random?(): number;
}

/** How long to wait after a first failure, in milliseconds; doubled by each further one. */
const FIRST_RETRY = 5_000;
/** However long a server asks to be left alone, in milliseconds. */
const LONGEST_ASKED = 60 * 60 * 1000;

/**
 * Makes a source of what must be asked: reads it, waits, and reads again. A failure is tried again
 * sooner than the interval, and later each time.
 */
export function pollingSource(options: PollingOptions): Source {
  const { name } = options;
  const status: SourceStatus = { name };
  return {
    name,
    status: () => ({ ...status }),
    snapshots: (signal) => snapshots(options, status, signal),
  };
}

async function* snapshots(
  options: PollingOptions,
  status: SourceStatus,
  signal: AbortSignal,
): AsyncGenerator<Snapshot> {
  const { name, firstFailure = "throw", date = () => new Date() } = options;
  let good: Snapshot | undefined;
  let failures = 0;
  let told = "";
  while (!signal.aborted) {
    delete status.nextPoll;
    let next: Snapshot | undefined;
    let wait: number;
    try {
      const fresh = await readOnce(options, signal);
      if (signal.aborted) return;
      good = fresh ?? good;
      // Back from a failure, what was told of it is taken back.
      if (fresh !== undefined || told !== "") next = good;
      told = "";
      failures = 0;
      status.lastSuccess = date();
      delete status.lastError;
      if (good !== undefined) status.revision = good.revision;
      wait = jittered(options.interval, options);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      status.lastError = { at: date(), message };
      if (good === undefined && failures === 0 && firstFailure === "throw") {
        options.observe?.({ ...status });
        throw error;
      }
      if (message !== told) next = withProblem(good, name, message);
      told = message;
      wait = jittered(retryDelay(++failures, options.interval, error), options);
    }
    if (options.watch ?? true) status.nextPoll = new Date(date().getTime() + wait);
    options.observe?.({ ...status });
    if (next !== undefined) yield next;
    if (!(options.watch ?? true)) return;
    await pause(wait, options.clock ?? systemClock, signal);
  }
}

/** Reads within the time limit, which ends also a reader that does not heed its signal. */
async function readOnce(
  { fetcher, timeout, clock = systemClock, name }: PollingOptions,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const late = new AbortController();
  const message = `Cannot read ${name}: it took longer than ${timeout / 1000} s`;
  const cancel = clock.after(timeout, () => late.abort(new FetchFailure("Unreachable", message)));
  const both = AbortSignal.any([signal, late.signal]);
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(both.reason);
  ended.promise.catch(() => {});
  both.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([fetcher.fetch(both), ended.promise]);
  } catch (error) {
    // What an aborted request says of itself is not the reason.
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    both.removeEventListener("abort", end);
    cancel();
  }
}

function withProblem(good: Snapshot | undefined, name: string, message: string): Snapshot {
  const base = good ?? { revision: "", files: new Map<string, string>(), problems: [] };
  return { ...base, problems: [...base.problems, { file: name, message }] };
}

function retryDelay(failures: number, interval: number, error: unknown): number {
  const delay = Math.min(interval, FIRST_RETRY * 2 ** Math.min(failures - 1, 30));
  const asked = error instanceof FetchFailure ? error.retryAfter ?? 0 : 0;
  return Math.max(delay, Math.min(asked, LONGEST_ASKED));
}

/** Many processes that were started together should not ask together. */
function jittered(ms: number, { random = Math.random }: PollingOptions): number {
  return Math.round(ms * (0.9 + 0.2 * random()));
}
