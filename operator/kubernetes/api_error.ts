/** The reason of a request that certainly did not reach the API server. */
export const NOT_SENT = "NotSent";

/** What tells one failed request from another. */
export interface ApiErrorParts {
  /** The HTTP status, or 0 where there was no answer. */
  status: number;
  /** The reason that the API server gives, for example `"Conflict"` or `"Expired"`. */
  reason?: string | undefined;
  /** How long the server asks to wait, in milliseconds. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** A request that the API server refused, or that did not reach it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(message: string, { status, reason, retryAfter, cause }: ApiErrorParts) {
    super(message, { cause });
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later without anybody's edit. */
  get transient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}
