import { z } from "zod";

/** How a run ended; `interrupted` is one whose process has died, or lost the others. */
export const OUTCOMES = ["success", "failure", "interrupted"] as const;

/** The most characters of a message that are kept. */
const MAX_MESSAGE = 1000;

/** How a run ended. */
export type RunOutcome = (typeof OUTCOMES)[number];

const time = z.number().int();

const schema = z.object({
  /** What the rest was counted under: another schedule of the flow begins anew. */
  times: z.string(),
  /** Nothing before it is due. */
  since: time,
  /** The latest time that was taken, to run or to be skipped. */
  lastDue: time.optional(),
  running: z.object({ id: z.string(), due: time, started: time, node: z.string() }).optional(),
  last: z.object({
    due: time,
    started: time,
    ended: time,
    node: z.string(),
    outcome: z.enum(OUTCOMES),
    /** The status code of a failure. */
    error: z.string().optional(),
    /** What a caller would be told of it. */
    message: z.string().optional(),
  }).optional(),
  runs: z.number().int(),
  failures: z.number().int(),
  skipped: z.number().int(),
});

/** What is known of a flow's schedule, by all processes that share it. Times are those of Date. */
export type ScheduleRecord = z.infer<typeof schema>;

/** A record of a schedule that has never been seen. */
export function newRecord(times: string, since: number): ScheduleRecord {
  return { times, since, runs: 0, failures: 0, skipped: 0 };
}

/** Milliseconds of a day. */
const DAY = 24 * 60 * 60 * 1000;

/**
 * Whether a time that was taken lies so far ahead that the clock must have been wrong then. A smaller
 * step back is waited for, so that no time is run twice.
 */
export function isAhead(taken: number, now: number): boolean {
  return taken > now + DAY;
}

/** Gives a record as it is for these times: begun anew where it is of others, or of a wrong clock. */
export function beginRecord(record: ScheduleRecord, times: string, now: number): ScheduleRecord {
  const { lastDue, ...rest } = record;
  if (isAhead(Math.max(lastDue ?? 0, rest.since), now)) return { ...rest, times, since: now };
  return record.times === times ? record : { ...record, times, since: now };
}

/** Writes a record as a bucket keeps it. */
export function encodeRecord(record: ScheduleRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** Reads a record; undefined where it is none. */
export function decodeRecord(value: Uint8Array): ScheduleRecord | undefined {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(value)));
  } catch {
    return undefined;
  }
}

/** Takes a due time for a run; undefined where somebody has taken it. */
export function claim(
  record: ScheduleRecord,
  run: NonNullable<ScheduleRecord["running"]>,
): ScheduleRecord | undefined {
  if (record.running?.id === run.id) return record;
  if ((record.lastDue ?? -Infinity) >= run.due) return undefined;
  return { ...record, lastDue: run.due, running: run, runs: record.runs + 1 };
}

/** Takes a due time so that nobody runs it; undefined where somebody has taken it. */
export function skip(record: ScheduleRecord, due: number): ScheduleRecord | undefined {
  if ((record.lastDue ?? -Infinity) >= due) return undefined;
  return { ...record, lastDue: due, skipped: record.skipped + 1 };
}

/** Ends the run `id`; undefined where it is not the one that is going on. */
export function settle(
  record: ScheduleRecord,
  id: string,
  { ended, outcome, failed }: {
    ended: number;
    outcome: RunOutcome;
    failed?: { status: string; message?: string } | undefined;
  },
): ScheduleRecord | undefined {
  const { running, ...rest } = record;
  if (running?.id !== id) return undefined;
  const { due, started, node } = running;
  return {
    ...rest,
    last: {
      ...{ due, started, ended, node, outcome },
      ...failed && { error: failed.status },
      ...failed?.message && { message: failed.message.slice(0, MAX_MESSAGE) },
    },
    failures: rest.failures + (outcome === "success" ? 0 : 1),
  };
}
