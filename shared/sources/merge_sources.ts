import { type Clock, systemClock } from "../clock.ts";
import { burst } from "./burst.ts";
import type { DebounceTimes } from "./debounce.ts";
import { keepLast } from "./keep_last.ts";
import { type MergedSnapshot, mergeSnapshots } from "./merge_snapshots.ts";
import type { Snapshot, Source, SourceStatus } from "./source.ts";

/** One of the sources of {@linkcode mergeSources}. */
export interface SourceEntry {
  source: Source;
  /** Whether its files are on this machine: they go before those of other sources. Default false. */
  local?: boolean;
  /** Whether the source may become empty; else its last files stay while it is. Default false. */
  allowEmpty?: boolean;
}

/** Options of {@linkcode mergeSources}. */
export interface MergeOptions {
  /**
   * When a burst of changes of sources that are not local counts as over, such as one push that
   * several of them follow. The first change does not wait. Default 2 s of quiet, 10 s at most.
   */
  debounce?: DebounceTimes;
  clock?: Clock;
}

/** Several sources as one. */
export interface MergedSource {
  /**
   * Gives a snapshot when each source has given one, then one for each change of any of them. Ends
   * when all of them have ended, or when `signal` is aborted.
   *
   * @throws {Error} what a source throws.
   */
  snapshots(signal: AbortSignal): AsyncIterable<MergedSnapshot>;
  /** How each source stands now, in the order given. */
  statuses(): SourceStatus[];
}

/**
 * Joins sources. On a collision of paths or objects local files go first, then the order given.
 *
 * @throws {Error} where two sources have one name.
 */
export function mergeSources(
  entries: readonly SourceEntry[],
  options: MergeOptions = {},
): MergedSource {
  const names = entries.map(({ source }) => source.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(`Cannot use two sources of the name "${twice}": names should differ`);
  }
  return {
    snapshots: (signal) => snapshots(entries, options, signal),
    statuses: () => entries.map(({ source }) => source.status()),
  };
}

async function* snapshots(
  entries: readonly SourceEntry[],
  { debounce = { quiet: 2_000, ceiling: 10_000 }, clock = systemClock }: MergeOptions,
  signal: AbortSignal,
): AsyncGenerator<MergedSnapshot> {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const latest = new Map<SourceEntry, Snapshot>();
  let open = entries.length;
  let changed = false;
  let waiting = false;
  let failure: { error: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  const ready = () => {
    changed = true;
    news.resolve();
  };
  const remote = burst(debounce, clock, ready);
  const follow = async (entry: SourceEntry) => {
    try {
      for await (const snapshot of entry.source.snapshots(all)) {
        const first = latest.get(entry) === undefined;
        const { source: { name }, allowEmpty } = entry;
        latest.set(entry, allowEmpty ? snapshot : keepLast(name, snapshot, latest.get(entry)));
        waiting = true;
        if (first || entry.local) ready();
        else remote.event();
      }
    } catch (error) {
      failure ??= { error };
    }
    // What the end of a burst would have brought comes at the end of all.
    if (--open === 0 && waiting) changed = true;
    news.resolve();
  };
  const following = entries.map(follow);
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure.error;
      if (changed && latest.size === entries.length) {
        changed = waiting = false;
        yield await merged(entries, latest);
      } else if (open === 0) {
        return;
      } else {
        await news.promise;
        news = Promise.withResolvers();
      }
    }
  } finally {
    stop.abort();
    remote.cancel();
    await Promise.all(following);
  }
}

function merged(
  entries: readonly SourceEntry[],
  latest: ReadonlyMap<SourceEntry, Snapshot>,
): Promise<MergedSnapshot> {
  return mergeSnapshots(entries.map((entry) => ({
    name: entry.source.name,
    local: entry.local ?? false,
    snapshot: latest.get(entry)!,
  })));
}
