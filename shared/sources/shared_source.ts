import type { BucketChange, BucketEntry } from "../cache/bucket.ts";
import { holdLease, type LeaseEvent } from "../cache/lease.ts";
import type { SharedCache } from "../cache/shared_cache.ts";
import type { Clock } from "../clock.ts";
import { pause } from "../pause.ts";
import { WakeUp } from "../wake_up.ts";
import { holdsObjects, keepLast } from "./keep_last.ts";
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
  /** Whether the source may become empty; else its last files stay while it is. Default false. */
  allowEmpty?: boolean | undefined;
  /** What is read, in words that hold no secret: nodes that give another text are told of it. */
  reads?: string | undefined;
  cache: Omit<SharedCache, "runtime" | "close">;
  /** This process among those that share the cache. */
  node: string;
  clock: Clock;
  /** The wall clock. */
  date?(): Date;
  /** Milliseconds between two looks at the cache, besides its watch. Default 10 s. */
  lookEvery?: number;
  random?: () => number;
  /** Told when this process begins and stops to read the source, for the log. */
  observe?(event: LeaseEvent): void;
}

/** How often a lease is renewed in its lifetime: who cannot renew it has stopped long before its end. */
export const RENEWALS = 6;
/** Milliseconds between two looks at what the leader says of the source, by default. */
const LOOK_EVERY = 10_000;

/**
 * Makes a source that several processes share: one of them reads it, and writes what it finds into the
 * cache; all of them take it from there, this one too. Where the source cannot be read, what was
 * written last serves on, and serves also who starts then.
 */
export function sharedSource(options: SharedSourceOptions): Source {
  const { name, cache, node, clock, date = () => new Date(), lookEvery = LOOK_EVERY } = options;
  const bucket = new SnapshotBucket({
    bucket: cache.system,
    source: name,
    maxValueBytes: cache.maxValueBytes,
  });
  let status: SourceStatus = { name };
  /** What this process has, which may be behind what the leader has. */
  let served = "";
  /** What the cache does not do just now. */
  const faults = new Map<"read" | "write" | "other", { at: Date; message: string }>();

  /** Ends what this process reads as leader; undefined where nothing of it is in the cache yet. */
  let readAnew: (() => void) | undefined;

  const lead = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const lost = new AbortController();
      try {
        await readAndWrite(AbortSignal.any([signal, lost.signal]), () => lost.abort());
        if (!lost.signal.aborted) return;
      } catch (error) {
        if (signal.aborted || !lost.signal.aborted) throw error;
      } finally {
        readAnew = undefined;
      }
    }
  };

  const readAndWrite = async (signal: AbortSignal, lost: () => void) => {
    const term = { id: crypto.randomUUID(), signal };
    let at = await bucket.claim(term);
    // A status that cannot be written is written with the next reading.
    const source = options.source((now) => {
      status = { ...now, name };
      void bucket.writeStatus(now, term, options.reads).catch(() => {});
    });
    for await (const snapshot of source.snapshots(signal)) {
      if (signal.aborted) return;
      // A source that has never been read must not take away what it gave before.
      if (snapshot.revision !== "" || at === undefined) {
        at = await write(await kept(snapshot), term, at);
        if (at === undefined) return;
        readAnew = lost;
      }
    }
  };

  /** Here too, since who starts later has nothing of its own to keep. */
  const kept = async (snapshot: Snapshot): Promise<Snapshot> =>
    options.allowEmpty || holdsObjects(snapshot)
      ? snapshot
      : keepLast(name, snapshot, await bucket.last());

  const write: SnapshotBucket["write"] = async (snapshot, term, at) => {
    try {
      const written = await bucket.write(snapshot, term, at);
      faults.delete("write");
      return written;
    } catch (error) {
      term.signal.throwIfAborted();
      const { revision } = snapshot;
      throw fail("write", `Cannot write revision "${revision}" of ${name} into the cache`, error);
    }
  };

  /** Takes note of what the cache does not do; what is served stays. */
  const fail = (doing: "read" | "write" | "other", what: string, cause: unknown): Error => {
    const error = new Error(`${what}: ${(cause as Error).message}`, { cause });
    faults.set(doing, { at: date(), message: error.message });
    return error;
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
    // A look now and then as well: a watch does not tell what it has missed, nor that a read failed.
    const changes = cache.system.watch(bucket.headKey, both)[Symbol.asyncIterator]();
    const wakeUp = new WakeUp();
    let change: BucketChange | undefined;
    const listen = () =>
      changes.next().then(
        ({ done, value }) => {
          if (done) return;
          change = value;
          wakeUp.wake();
        },
        (error) => void fail("read", `Cannot follow ${name} in the cache`, error),
      );
    void listen();
    let seen = { text: "", revision: 0 };
    let behind = "";
    try {
      while (!both.aborted) {
        await wakeUp.pause(lookEvery, clock, both);
        if (both.aborted) return;
        const told = change;
        if (told !== undefined) {
          change = undefined;
          void listen();
        }
        let snapshot: Snapshot | undefined;
        try {
          const entry = told === undefined ? await cache.system.get(bucket.headKey) : putOf(told);
          // Somebody has cleared the bucket: who starts now should find all of it again.
          if (entry === undefined) readAnew?.();
          const { revision = 0 } = entry ?? {};
          const text = entry && new TextDecoder().decode(entry.value);
          // A copy that lags gives what was; one that is made anew counts anew, and stays so.
          const old = told === undefined && revision <= seen.revision && text !== behind;
          behind = text ?? "";
          if (entry !== undefined && text !== undefined && text !== seen.text && !old) {
            snapshot = await bucket.read(entry);
            seen = { text, revision };
            faults.delete("write");
          }
          faults.delete("read");
        } catch (error) {
          fail("read", `Cannot read ${name} from the cache`, error);
        }
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
      if (told !== undefined) {
        status = { name, ...told.status };
        const other = told.reads !== undefined && told.reads !== (options.reads ?? told.reads);
        if (other) {
          fail("other", `Cannot read ${name} by its own settings`, another(told.reads!, options));
        } else faults.delete("other");
      }
      await pause(lookEvery, clock, signal);
    }
  };

  return {
    name,
    status() {
      const [lastError] = faults.values();
      return { ...status, ...served !== "" && { revision: served }, ...lastError && { lastError } };
    },
    snapshots,
  };
}

/** Nodes take what the leader reads, whatever they would read themselves under its name. */
function another(reads: string, own: Pick<SharedSourceOptions, "reads">): Error {
  return new Error(
    `the node that leads reads ${reads.slice(0, 300)}, and this one should ${own.reads}; ` +
      "sources of one name should be the same on all nodes",
  );
}

function putOf(change: BucketChange): BucketEntry | undefined {
  return change.type === "put" ? change.entry : undefined;
}
