import { UsageError } from "./usage_error.ts";

/**
 * Reads a whole number; `name` is where it came from, e.g. `--workers`.
 *
 * @throws {UsageError} where it is none from `least` to `most`.
 */
export function parseCount(name: string, value: string, least: number, most: number): number {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (count >= least && count <= most) return count;
  throw new UsageError(name, value, `a whole number from ${least} to ${most}`);
}
