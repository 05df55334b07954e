import { UsageError } from "./usage_error.ts";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 24 * 3_600_000;

/**
 * Reads a duration such as `500ms`, `5s`, `1m30s` or `0`, in milliseconds; `name` is where it came
 * from, e.g. `--grace`.
 *
 * @throws {UsageError} where it is none, or longer than a day.
 */
export function parseDuration(name: string, value: string): number {
  if (value === "0") return 0;
  const wellFormed = /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value);
  let total = wellFormed ? 0 : NaN;
  for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNITS[unit!]!;
  }
  if (total <= LONGEST) return Math.round(total);
  throw new UsageError(name, value, "a duration such as 500ms, 5s, 1m30s or 0, at most 24h");
}
