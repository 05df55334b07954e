import { Cron } from "croner";
import { suggestion } from "./nearest.ts";

/** When something is done, again and again. */
export interface ScheduleTimes {
  cron: string;
  /** A name of the IANA's database; UTC where it is absent. */
  timeZone?: string | null | undefined;
}

/** What is wrong with times. */
export interface ScheduleFault {
  field: "cron" | "timeZone";
  /** Says what is and what should be. */
  message: string;
}

/**
 * Gives the first time after another, to the second; undefined where there is none.
 *
 * Where clocks are set forward, a time of the day that is left out comes right after the gap; where
 * they are set back, one that comes twice counts once. Times that stand for an interval, such as
 * each hour, keep their distance (croner 11).
 *
 * @throws {Error} where {@linkcode scheduleFault} finds something.
 */
export function nextTime({ cron, timeZone }: ScheduleTimes, after: Date): Date | undefined {
  const times = new Cron(cron, {
    paused: true,
    mode: "5-or-6-parts",
    timezone: timeZone ?? "UTC",
    // A list of hours stands for times of the day, as one hour does.
    fixedTimeRule: "no-wildcard",
  });
  return times.nextRun(after) ?? undefined;
}

/** Says what is wrong with times; undefined where all is well. */
export function scheduleFault(times: ScheduleTimes): ScheduleFault | undefined {
  const { cron, timeZone } = times;
  if (timeZone) {
    try {
      new Intl.DateTimeFormat("en", { timeZone });
    } catch {
      const near = suggestion(timeZone, Intl.supportedValuesOf("timeZone"));
      const message = `is "${timeZone}", should be a time zone such as Europe/Berlin${near}`;
      return { field: "timeZone", message };
    }
  }
  try {
    // There is no year in them, so that any moment will do.
    if (nextTime(times, new Date(0)) !== undefined) return undefined;
    return { field: "cron", message: `is "${cron}", should come at some time; it never does` };
  } catch (error) {
    const reason = (error as Error).message.replace(/^\w+: /, "").replace(/\.$/, "");
    return { field: "cron", message: `is "${cron}", should be the times of a schedule: ${reason}` };
  }
}
