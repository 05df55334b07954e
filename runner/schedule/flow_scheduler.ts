import type { Bucket } from "../../shared/cache/bucket.ts";
import { nextTime } from "../../shared/schedule_times.ts";
import type { BrokenPlan, FlowPlan } from "../host/flow_plan.ts";
import type { RunOutcome } from "./schedule_record.ts";
import { ScheduleStore } from "./schedule_store.ts";
import { type Schedule, ScheduledFlow, type ScheduledFlowOptions } from "./scheduled_flow.ts";

/** Options of {@linkcode FlowScheduler}. */
export interface FlowSchedulerOptions extends ScheduledFlowOptions {
  /** Where the state of schedules is kept. */
  runtime: Bucket;
}

/** How a flow's schedule stands, for `GET /schedules`. Times are in ISO 8601. */
export interface ScheduleState {
  flow: string;
  cron: string;
  timeZone: string;
  /** Absent where there is none. */
  next?: string;
  /** The process that runs it; absent while none does, or it is not known. */
  node?: string;
  running?: { due: string; started: string; node: string };
  last?: {
    due: string;
    started: string;
    ended: string;
    node: string;
    outcome: RunOutcome;
    /** The status code of a failure. */
    error?: string;
    /** What a caller would be told of it. */
    message?: string;
  };
  /** Absent where the state cannot be read now, as the three below it. */
  runs?: number;
  failures?: number;
  skipped?: number;
}

/** Runs flows at their times; {@linkcode ScheduledFlow} says how. */
export class FlowScheduler {
  readonly #options: FlowSchedulerOptions;
  readonly #kill = new AbortController();
  readonly #leaving = new Set<Promise<void>>();
  #flows = new Map<string, ScheduledFlow>();
  #ended = false;

  constructor(options: FlowSchedulerOptions) {
    this.#options = options;
  }

  /** Takes the flows as they are planned now. A plan that is broken keeps the schedule it had. */
  apply(plans: readonly (FlowPlan | BrokenPlan)[]): void {
    if (this.#ended) return;
    const before = this.#flows;
    this.#flows = new Map();
    for (const plan of plans) {
      const { name } = plan;
      const old = before.get(name);
      const schedule = "reason" in plan ? old?.schedule : plan.definition.config.schedule;
      if (!schedule) continue;
      before.delete(name);
      if (old && JSON.stringify(old.schedule) !== JSON.stringify(schedule)) old.update(schedule);
      this.#flows.set(name, old ?? this.#begin(name, schedule));
    }
    for (const flow of before.values()) this.#end(flow);
  }

  /** Says how all schedules stand, of all processes that share them. */
  async states(): Promise<ScheduleState[]> {
    const { leases, runtime } = this.#options;
    return await Promise.all([...this.#flows].map(async ([flow, { schedule }]) => {
      const { cron, timeZone } = schedule;
      const key = keyOf(flow);
      const [record, lease] = await Promise.all([
        new ScheduleStore(runtime, key).read().catch(() => undefined),
        leases.get(key).catch(() => undefined),
      ]);
      const known = record !== undefined;
      const after = Math.max(this.#options.date().getTime(), record?.lastDue ?? 0);
      const next = nextTime(schedule, new Date(after));
      return {
        flow,
        cron,
        timeZone: timeZone ?? "UTC",
        ...next && { next: next.toISOString() },
        ...lease && { node: new TextDecoder().decode(lease.value) },
        ...record?.running && { running: withoutId(record.running) },
        ...record?.last && {
          last: { ...spell(record.last), ended: new Date(record.last.ended).toISOString() },
        },
        ...known && { runs: record.runs, failures: record.failures, skipped: record.skipped },
      };
    }));
  }

  /** The next times of the flows that this process runs, by flow. */
  nextRuns(): [flow: string, next: Date][] {
    return [...this.#flows].flatMap(([flow, { leading, schedule }]) => {
      const next = leading ? nextTime(schedule, this.#options.date()) : undefined;
      return next === undefined ? [] : [[flow, next]];
    });
  }

  /** Begins no run any more. Resolves when those that are going on have ended; after `grace` they are ended. */
  async drain(grace: number): Promise<void> {
    this.#ended = true;
    const cancel = this.#options.clock.after(grace, () => this.#kill.abort());
    for (const flow of this.#flows.values()) this.#end(flow);
    this.#flows = new Map();
    await Promise.all(this.#leaving);
    cancel();
  }

  #begin(flow: string, schedule: Schedule): ScheduledFlow {
    const key = keyOf(flow);
    const store = new ScheduleStore(this.#options.runtime, key);
    return new ScheduledFlow(flow, schedule, { ...this.#options, key, store });
  }

  #end(flow: ScheduledFlow): void {
    const leaving = flow.end(this.#kill.signal).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

/** A bucket's key has letters, digits, "-" and "_"; all else is written by its code. */
function keyOf(flow: string): string {
  const safe = flow.replace(/[^\w-]/g, (sign) => `=${sign.charCodeAt(0).toString(16)}`);
  return `schedule.${safe}`;
}

function spell<T extends { due: number; started: number }>(run: T) {
  const { due, started, ...rest } = run;
  return { ...rest, due: new Date(due).toISOString(), started: new Date(started).toISOString() };
}

function withoutId({ due, started, node }: { due: number; started: number; node: string }) {
  return spell({ due, started, node });
}
