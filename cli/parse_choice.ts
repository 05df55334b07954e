import { suggestion } from "../shared/nearest.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads one of a few words; `name` is where it came from, e.g. `--log-level`.
 *
 * @throws {UsageError} where it is none of them.
 */
export function parseChoice<T extends string>(name: string, value: string, words: readonly T[]): T {
  const word = words.find((word) => word === value);
  if (word !== undefined) return word;
  throw new UsageError(name, value, `one of ${words.join(", ")}${suggestion(value, words)}`);
}
