/** What one request may use. */
export interface RequestLimits {
  /** The longest body, in bytes; 413 beyond it. */
  bodyBytes: number;
  /** Milliseconds in which the body must have arrived; 408 after them. */
  bodyTimeout: number;
  /** Milliseconds in which the flow must have answered, a stream wholly; 504 after them. */
  requestTimeout: number;
}

/** The limits where nothing else is said: 4 MiB, 30 s and 120 s. */
export const REQUEST_LIMITS: RequestLimits = {
  bodyBytes: 4 * 1024 * 1024,
  bodyTimeout: 30_000,
  requestTimeout: 120_000,
};
