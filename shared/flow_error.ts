import { httpStatus, type Status } from "./status.ts";

/** Options of a {@linkcode FlowError}. */
export interface FlowErrorOptions {
  /** The HTTP status to answer with where it differs from the status code's own, e.g. 405 or 413. */
  http?: number;
  /** Seconds after which a retry makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  /** The original failure, for the log of the developer only; never sent to a caller. */
  cause?: unknown;
}

/**
 * A failure that a caller of a flow may see: its status code and message hold no key, no prompt
 * text and no stack.
 */
export class FlowError extends Error {
  override name = "FlowError";
  readonly status: Status;
  readonly http: number;
  readonly retryAfter: number | undefined;

  constructor(status: Status, message: string, options: FlowErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.http = options.http ?? httpStatus(status);
    this.retryAfter = options.retryAfter;
  }
}
