/**
 * Statuses of a provider after which a Model's `retry` tries again, where it names none. 529 is
 * Anthropic's "overloaded" (https://platform.claude.com/docs/en/api/errors).
 */
export const RETRIED_STATUS_CODES: readonly number[] = [408, 429, 500, 502, 503, 504, 529];
