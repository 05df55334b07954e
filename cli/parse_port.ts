import { UsageError } from "./usage_error.ts";

/**
 * Reads a port; `name` is where it came from, e.g. `--port`.
 *
 * @throws {UsageError} where it is no whole number from 0 to 65535.
 */
export function parsePort(name: string, value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (port <= 65535) return port;
  throw new UsageError(name, value, "a whole number from 0 to 65535 (0 takes any free port)");
}
