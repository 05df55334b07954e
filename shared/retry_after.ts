/**
 * Reads the header `Retry-After`, which holds seconds or a date (RFC 9110, 10.2.3), in milliseconds;
 * undefined where it is absent or neither.
 *
 * @param now Milliseconds since 1970.
 */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
