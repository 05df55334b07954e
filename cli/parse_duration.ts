import { readDuration } from "../shared/read_duration.ts";
import { UsageError } from "./usage_error.ts";

const LONGEST = 24 * 3_600_000;

/**
 * Reads a duration such as `500ms`, `5s`, `1m30s` or `0`, in milliseconds; `name` is where it came
 * from, e.g. `--grace`.
 *
 * @throws {UsageError} where it is none, or longer than a day.
 */
export function parseDuration(name: string, value: string): number {
  if (value === "0") return 0;
  const read = readDuration(value);
  if (read !== undefined && read <= LONGEST) return read;
  throw new UsageError(name, value, "a duration such as 500ms, 5s, 1m30s or 0, at most 24h");
}
