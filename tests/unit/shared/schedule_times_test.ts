import assert from "assert";
import { nextTime, scheduleFault, type ScheduleTimes } from "../../../shared/schedule_times.ts";

/** The next times after a moment, in UTC without seconds where there are none. */
function times(schedule: ScheduleTimes, after: string, count: number): string[] {
  const found: string[] = [];
  let at: Date | undefined = new Date(after);
  while (found.length < count && (at = nextTime(schedule, at)) !== undefined) {
    found.push(at.toISOString().replace(":00.000Z", "").replace(".000Z", ""));
  }
  return found;
}

Deno.test("times are those of cron, in UTC unless a time zone is named", () => {
  const after = "2026-03-02T08:59:59.500Z"; // a Monday
  const cases: [cron: string, timeZone: string | undefined, expected: string[]][] = [
    ["* * * * *", undefined, ["2026-03-02T09:00", "2026-03-02T09:01"]],
    ["*/20 * * * * *", undefined, ["2026-03-02T09:00", "2026-03-02T09:00:20"]],
    ["0 9 * * MON-FRI", undefined, ["2026-03-02T09:00", "2026-03-03T09:00"]],
    ["0 9 * * *", "America/New_York", ["2026-03-02T14:00", "2026-03-03T14:00"]],
    ["0 9 * * *", "Asia/Kathmandu", ["2026-03-03T03:15", "2026-03-04T03:15"]],
    ["@hourly", undefined, ["2026-03-02T09:00", "2026-03-02T10:00"]],
    ["@daily", "Europe/Berlin", ["2026-03-02T23:00", "2026-03-03T23:00"]],
    ["0 0 29 2 *", undefined, ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["0 0 L * *", undefined, ["2026-03-31T00:00", "2026-04-30T00:00"]],
    // A day of the month or of the week, as in cron.
    ["0 0 13 * FRI", undefined, ["2026-03-06T00:00", "2026-03-13T00:00", "2026-03-20T00:00"]],
  ];
  for (const [cron, timeZone, expected] of cases) {
    assert.deepEqual(times({ cron, timeZone }, after, expected.length), expected, cron);
  }
});

Deno.test("where clocks are set forward, a time that is left out comes after the gap, once", () => {
  const timeZone = "Europe/Berlin";
  const eve = "2026-03-28T12:00:00Z";
  const daily = ["2026-03-29T01:00", "2026-03-30T00:30"];
  assert.deepEqual(times({ cron: "30 2 * * *", timeZone }, eve, 2), daily);
  assert.deepEqual(times({ cron: "30 2,14 * * *", timeZone }, eve, 3), [
    "2026-03-28T13:30",
    "2026-03-29T01:00",
    "2026-03-29T12:30",
  ]);
  const gap = "2026-03-29T00:40:00Z";
  const half = ["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T02:00"];
  assert.deepEqual(times({ cron: "*/30 * * * *", timeZone }, gap, 3), half);
});

Deno.test("where clocks are set back, a time that comes twice counts once; intervals go on", () => {
  const timeZone = "Europe/Berlin";
  const daily = ["2026-10-25T00:30", "2026-10-26T01:30"];
  assert.deepEqual(times({ cron: "30 2 * * *", timeZone }, "2026-10-24T12:00:00Z", 2), daily);
  const hours = ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00"];
  assert.deepEqual(times({ cron: "0 * * * *", timeZone }, "2026-10-24T23:30:00Z", 3), hours);
});

Deno.test("what is wrong with times is said, with what should be", () => {
  const cases: [ScheduleTimes, RegExp | undefined][] = [
    [{ cron: "0 9 * * *", timeZone: "Europe/Berlin" }, undefined],
    [{ cron: "61 * * * *" }, /^cron: is "61 \* \* \* \*", should be .*minute: 61$/],
    [{ cron: "0 0 30 2 *" }, /^cron: is "0 0 30 2 \*", should come at some time; it never does$/],
    [{ cron: "@reboot" }, /^cron: is "@reboot"/],
    [{ cron: "* * * * * * 2027" }, /^cron: .*5 or 6/],
    [{ cron: "0 9 * * *", timeZone: "Europe/Berln" }, /^timeZone: .*mean "Europe\/Berlin"\?\)$/],
  ];
  for (const [schedule, expected] of cases) {
    const fault = scheduleFault(schedule);
    if (expected === undefined) assert.equal(fault, undefined, schedule.cron);
    else assert.match(`${fault?.field}: ${fault?.message}`, expected);
  }
});
