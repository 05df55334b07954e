import { holdLease, type LeaseEvent } from "../cache/lease.ts";
import type { SharedCache } from "../cache/shared_cache.ts";
import type { Clock } from "../clock.ts";
import { pause } from "../pause.ts";
import { SnapshotBucket } from "./snapshot_bucket.ts";
import type { Snapshot, Source, SourceStatus } from "./source.ts";

/** Options of {@linkcode sharedSource}. */
export interface SharedSourceOptions {
  /** The source's name. */
  name: string;
  /**
   * Makes what the leader reads, told to go on where its first reading fails; `observe` is to be called
   * with the source's status after each reading.
   */
  source(observe: (status: SourceStatus) => void): Source;
  cache: Omit<SharedCache, "runtime" | "close">;
  /** This process among those that share the cache. */
  node: string;
  clock: Clock;
  random?: () => number;
  /** Told when this process begins and stops to read the source, for the log. */
  observe?(event: LeaseEvent): void;
}

/** How often a lease is renewed in its lifetime: who cannot renew it has stopped long before its end. */
export const RENEWALS = 6;
/** Milliseconds between two looks at what the leader says of the source. */
const STATUS_EVERY = 10_000;

/**
 * Makes a source that several processes share: one of them reads it, and writes what it finds into the
 * cache; all of them take it from there, this one too. Where the source cannot be read, what was
 * written last serves on, and serves also who starts then.
 */
export function sharedSource(options: SharedSourceOptions): Source {
  const { name, cache, node, clock } = options;
  const bucket = new SnapshotBucket({
    bucket: cache.system,
    source: name,
    maxValueBytes: cache.maxValueBytes,
  });
  let status: SourceStatus = { name };
  /** What this process has, which may be behind what the leader has. */
  let served = "";

  const lead = async (signal: AbortSignal) => {
    const term = { id: crypto.randomUUID(), signal };
    let at = await bucket.claim(term);
    // A status that cannot be written is written with the next reading.
    const source = options.source((now) => {
      status = { ...now, name };
      void bucket.writeStatus(now, term).catch(() => {});
    });
    for await (const snapshot of source.snapshots(signal)) {
      if (signal.aborted) return;
      // A source that has never been read must not take away what it gave before.
      if (snapshot.revision !== "" || at === undefined) {
        at = await bucket.write(snapshot, term, at);
        if (at === undefined) return;
      }
    }
  };

  async function* snapshots(signal: AbortSignal): AsyncGenerator<Snapshot> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const leading = holdLease({
      bucket: cache.leases,
      key: bucket.headKey,
      holder: node,
      lead,
      signal: both,
      clock,
      renewEvery: cache.leaseTtl / RENEWALS,
      ...options.random && { random: options.random },
      ...options.observe && { observe: options.observe },
    });
    const following = followStatus(both);
    try {
      for await (const change of cache.system.watch(bucket.headKey, both)) {
        if (change.type === "deleted") continue;
        const snapshot = await bucket.read(change.entry);
        if (snapshot === undefined) continue;
        served = snapshot.revision;
        yield snapshot;
      }
    } finally {
      stop.abort();
      await Promise.all([leading, following]);
    }
  }

  const followStatus = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const told = await bucket.readStatus().catch(() => undefined);
      if (told !== undefined) status = { name, ...told };
      await pause(STATUS_EVERY, clock, signal);
    }
  };

  return {
    name,
    status: () => ({ ...status, ...served !== "" && { revision: served } }),
    snapshots,
  };
}
