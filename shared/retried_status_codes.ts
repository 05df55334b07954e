/** Statuses of a provider after which a Model's `retry` tries again, where it names none. */
export const RETRIED_STATUS_CODES: readonly number[] = [408, 429, 500, 502, 503, 504];
