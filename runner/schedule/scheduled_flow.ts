import type { Bucket } from "../../shared/cache/bucket.ts";
import { holdLease } from "../../shared/cache/lease.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import { nextTime } from "../../shared/schedule_times.ts";
import { WakeUp } from "../../shared/wake_up.ts";
import {
  beginRecord,
  claim,
  isAhead,
  newRecord,
  type RunOutcome,
  settle,
  skip,
} from "./schedule_record.ts";
import type { ScheduleStore } from "./schedule_store.ts";

/** When a flow is run, and with what. */
export type Schedule = {
  cron: string;
  timeZone?: string | null | undefined;
  input?: Record<string, unknown> | null | undefined;
};

/** Why a run failed. */
export interface RunFailure {
  /** The status code, as a caller would get it. */
  status: string;
  /** What a caller would be told, if anything. */
  message?: string;
}

/** What scheduled flows have in common. */
export interface ScheduledFlowOptions {
  /** Runs the flow; resolves with why it failed, if it did. Never rejects. */
  call(
    flow: string,
    schedule: Schedule,
    due: Date,
    signal: AbortSignal,
  ): Promise<RunFailure | undefined>;
  leases: Bucket;
  /** This process among those that share the buckets. */
  node: string;
  clock: Clock;
  /** The wall clock. */
  date(): Date;
  log: Log;
  /** Told of each time that this process has run, or skipped. */
  observe?(flow: string, outcome: RunOutcome | "skipped"): void;
  /** Milliseconds between renewals of a lease; those of {@linkcode holdLease} where absent. */
  renewEvery?: number;
  /**
   * How long a time may have passed, in milliseconds, and is still made up for: longer than it takes
   * until another process takes over from one that has died. Default 90 s, for leases of 60 s.
   */
  late?: number;
}

/** The longest that a timer is trusted, in milliseconds: the wall clock may be set meanwhile. */
const LONGEST_WAIT = 60_000;
/** Milliseconds between two tries to reach the bucket. */
const RETRY = 1_000;
/** How often it is tried to write down the end of a run. */
const ATTEMPTS = 5;

/**
 * Runs one flow at its times, in one process of all that share the buckets: the one that holds the
 * flow's lease. Each time is taken in the bucket before the flow is run, so that no other process
 * runs it as well. A run that is still going when the next time comes is not joined by another one.
 */
export class ScheduledFlow {
  readonly #flow: string;
  readonly #store: ScheduleStore;
  readonly #options: ScheduledFlowOptions;
  readonly #stop = new AbortController();
  readonly #held: Promise<void>;
  #schedule: Schedule;
  /** The run that is going on here. */
  #running: { id: string; ended: Promise<void> } | undefined;
  #leading = false;
  #ending = false;
  readonly #changed = new WakeUp();

  constructor(
    flow: string,
    schedule: Schedule,
    { key, store, ...options }: ScheduledFlowOptions & { key: string; store: ScheduleStore },
  ) {
    this.#flow = flow;
    this.#schedule = schedule;
    this.#store = store;
    this.#options = options;
    const { leases, node, clock, log, renewEvery } = options;
    this.#held = holdLease({
      bucket: leases,
      key,
      holder: node,
      lead: (signal) => this.#lead(signal),
      signal: this.#stop.signal,
      clock,
      ...renewEvery !== undefined && { renewEvery },
      observe: (event) => {
        const level = event.type === "lost" || event.type === "failed" ? "warn" : "debug";
        log[level]("schedule", { flow, lease: event.type, ..."reason" in event && event });
      },
    });
  }

  /** When the flow is run, as was said last. */
  get schedule(): Schedule {
    return this.#schedule;
  }

  /** Whether this process is the one that runs it. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Takes another schedule from now on; a run that is going on finishes. */
  update(schedule: Schedule): void {
    this.#schedule = schedule;
    this.#changed.wake();
  }

  /** Runs it no more. Resolves when the run that is going on has ended; `kill` ends that too. */
  async end(kill?: AbortSignal): Promise<void> {
    this.#ending = true;
    this.#changed.wake();
    const stop = () => this.#stop.abort();
    kill?.addEventListener("abort", stop, { once: true });
    // Who leads gives the lease back when its run has ended.
    if (kill?.aborted || !this.#leading) stop();
    await this.#held;
    kill?.removeEventListener("abort", stop);
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#leading = true;
    let schedule: Schedule | undefined;
    let from = 0;
    while (!signal.aborted && !this.#ending) {
      // The clock was wrong: what was done by it is no reason to wait.
      if (schedule !== this.#schedule || isAhead(from, this.#now())) {
        schedule = this.#schedule;
        const start = await this.#persist(() => this.#begin(schedule!), signal);
        if (start === undefined) break;
        from = start;
        continue;
      }
      // What passed while the process stood still is not gone through time by time.
      from = Math.max(from, this.#now() - this.#late);
      const due = nextTime(schedule, new Date(from));
      const wait = due === undefined ? Infinity : due.getTime() - this.#now();
      if (wait > 0) {
        await this.#changed.pause(Math.min(wait, LONGEST_WAIT), this.#options.clock, signal);
        continue;
      }
      // Of several that have passed the last one is run.
      from = this.#last(schedule, due!.getTime());
      await this.#due(schedule, from, signal);
    }
    // The lease is not given back before this is over.
    await this.#running?.ended;
    this.#leading = false;
    if (this.#ending) this.#stop.abort();
  }

  /** Looks at what others did, and gives the moment after which a time is due. */
  async #begin(schedule: Schedule): Promise<number> {
    const now = this.#now();
    const times = timesOf(schedule);
    let lost: string | undefined;
    const record = await this.#store.change((before) => {
      let record = before ?? newRecord(times, now);
      const { running } = record;
      lost = undefined;
      // Who ran it has the lease no more, so that it has died or stopped the run.
      if (running !== undefined && running.id !== this.#running?.id) {
        lost = running.node;
        record = settle(record, running.id, { ended: now, outcome: "interrupted" })!;
      }
      return beginRecord(record, times, now);
    });
    if (lost !== undefined) {
      this.#options.log.warn("a scheduled run was interrupted", { flow: this.#flow, node: lost });
      this.#options.observe?.(this.#flow, "interrupted");
    }
    return Math.max(now - this.#late, record!.since, record!.lastDue ?? 0);
  }

  #last(schedule: Schedule, due: number): number {
    const now = this.#now();
    for (;;) {
      const next = nextTime(schedule, new Date(due))?.getTime() ?? Infinity;
      if (next > now) return due;
      due = next;
    }
  }

  async #due(schedule: Schedule, due: number, signal: AbortSignal): Promise<void> {
    const { node, log, observe } = this.#options;
    const flow = this.#flow;
    // A record that was lost, as with its bucket, is begun anew.
    const known = (record = newRecord(timesOf(schedule), due)) => record;
    if (this.#running !== undefined) {
      const skipped = await this.#persist(
        () => this.#store.change((record) => skip(known(record), due)),
        signal,
        due + this.#late,
      );
      if (skipped === undefined) return;
      log.warn("a scheduled run was skipped: the one before is still going on", {
        flow,
        due: new Date(due).toISOString(),
      });
      return observe?.(flow, "skipped");
    }
    const run = { id: crypto.randomUUID(), due, started: this.#now(), node };
    const claimed = await this.#persist(
      () => this.#store.change((record) => claim(known(record), run)),
      signal,
      due + this.#late,
    );
    if (claimed === undefined || signal.aborted) return;
    const ended = this.#run(schedule, run, signal).finally(() => this.#running = undefined);
    this.#running = { id: run.id, ended };
  }

  async #run(
    schedule: Schedule,
    { id, due }: { id: string; due: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { call, observe, clock, log } = this.#options;
    const failed = await call(this.#flow, schedule, new Date(due), signal);
    const outcome = failed === undefined ? "success" : signal.aborted ? "interrupted" : "failure";
    if (outcome === "failure") {
      // Nobody else gets the answer.
      const { status: error, message: reason } = failed!;
      const line = { flow: this.#flow, due: new Date(due).toISOString(), error };
      log.warn("a scheduled run failed", { ...line, ...reason !== undefined && { reason } });
    }
    if (outcome !== "interrupted") observe?.(this.#flow, outcome);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const ended = this.#now();
        const settled = await this.#store.change((record) =>
          record && settle(record, id, { ended, outcome, failed })
        );
        // Else the one that has the lease now has counted it.
        if (settled !== undefined && outcome === "interrupted") observe?.(this.#flow, outcome);
        return;
      } catch (failure) {
        this.#failed(failure);
        if (signal.aborted) return;
        await new Promise<void>((resolve) => clock.after(RETRY, resolve));
      }
    }
  }

  /** Tries until it is done, the lease is lost, or it is too late; undefined in the last two. */
  async #persist<T>(
    write: () => Promise<T>,
    signal: AbortSignal,
    until = Infinity,
  ): Promise<T | undefined> {
    while (!signal.aborted && !this.#ending && this.#now() <= until) {
      try {
        return await write();
      } catch (error) {
        this.#failed(error);
        await this.#changed.pause(RETRY, this.#options.clock, signal);
      }
    }
    return undefined;
  }

  #failed(error: unknown): void {
    const reason = (error as Error).message;
    this.#options.log.warn("the state of a schedule cannot be kept", { flow: this.#flow, reason });
  }

  get #late(): number {
    return this.#options.late ?? 90_000;
  }

  #now(): number {
    return this.#options.date().getTime();
  }
}

/** Names the times of a schedule, as its record does. */
function timesOf({ cron, timeZone }: Schedule): string {
  return JSON.stringify([cron, timeZone ?? "UTC"]);
}
