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
export function mergeSources(entries: readonly SourceEntry[]): MergedSource {
  const names = entries.map(({ source }) => source.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(`Cannot use two sources of the name "${twice}": names should differ`);
  }
  return {
    snapshots: (signal) => snapshots(entries, signal),
    statuses: () => entries.map(({ source }) => source.status()),
  };
}

async function* snapshots(
  entries: readonly SourceEntry[],
  signal: AbortSignal,
): AsyncGenerator<MergedSnapshot> {
  const stop = new AbortController();
  const all = AbortSignal.any([signal, stop.signal]);
  const latest = new Map<SourceEntry, Snapshot>();
  let open = entries.length;
  let changed = false;
  let failure: { error: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  const follow = async (entry: SourceEntry) => {
    try {
      for await (const snapshot of entry.source.snapshots(all)) {
        latest.set(entry, keepLast(entry, snapshot, latest.get(entry)));
        changed = true;
        news.resolve();
      }
    } catch (error) {
      failure ??= { error };
    }
    open--;
    news.resolve();
  };
  const following = entries.map(follow);
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure.error;
      if (changed && latest.size === entries.length) {
        changed = false;
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
    await Promise.all(following);
  }
}

/** A source that has lost all its files at once has more likely failed than been cleared. */
function keepLast(
  { source, allowEmpty = false }: SourceEntry,
  snapshot: Snapshot,
  last: Snapshot | undefined,
): Snapshot {
  if (allowEmpty || snapshot.files.size > 0 || last === undefined || last.files.size === 0) {
    return snapshot;
  }
  const message = `it is empty (revision "${snapshot.revision}"), so what it gave last stays ` +
    `(revision "${last.revision}"); set allowEmpty where it may be empty`;
  const { warnings = [] } = snapshot;
  const problems = [...snapshot.problems, { file: source.name, message }];
  return { ...last, problems, warnings };
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
