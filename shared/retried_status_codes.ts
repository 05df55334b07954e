/**
 * Statuses of a provider after which a Model's `retry` tries again, where it names none. 529 is
 * Anthropic's "overloaded" (https://platform.claude.com/docs/en/api/errors); 520 to 527 are
 * Cloudflare's, where the server behind it fails
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 */
export const RETRIED_STATUS_CODES: readonly number[] = [
  ...[408, 429, 500, 502, 503, 504],
  ...[520, 521, 522, 523, 524, 525, 526, 527],
  529,
];
