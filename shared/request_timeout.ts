import { FlowError } from "./flow_error.ts";

/** The header in which a caller says how long it waits. */
export const TIMEOUT_HEADER = "x-request-timeout";

/**
 * Reads {@linkcode TIMEOUT_HEADER}, in milliseconds: `30`, `2.5` and `30s` are seconds, `1500ms`
 * milliseconds. Undefined where it is absent.
 *
 * @throws {FlowError} INVALID_ARGUMENT where it is something else, or not above 0.
 */
export function readTimeout(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined) return undefined;
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,9})?)(s|ms)?$/.exec(header.trim()) ?? [];
  const ms = Number(number) * (unit === "ms" ? 1 : 1000);
  if (ms > 0) return ms;
  const shown = JSON.stringify(header.slice(0, 50));
  throw new FlowError(
    "INVALID_ARGUMENT",
    `The header ${TIMEOUT_HEADER} is ${shown}, should be seconds above 0, for example 30, 2.5 or 500ms`,
  );
}

/** Writes milliseconds as {@linkcode TIMEOUT_HEADER} in seconds, at least a millisecond. */
export function timeoutHeader(ms: number): Record<string, string> {
  return { [TIMEOUT_HEADER]: String(Math.max(1, Math.floor(ms)) / 1000) };
}
