/** What one connection may use; times are in milliseconds. */
export interface ServerLimits {
  /** In which a request's headers must have arrived, counted from the connection's start: 408. */
  headersTimeout: number;
  /** The size of a request's line and headers in bytes: 431. */
  headerBytes: number;
  /**
   * For which a connection stays open between requests. Longer than a load balancer's own (60 s is
   * usual), so that it is never the server who closes while a request is on its way.
   */
  idleTimeout: number;
  /**
   * After which a connection is closed on which nothing moves in the midst of a request, such as one
   * whose reader stalls. Longer than a flow may take to answer.
   */
  stallTimeout: number;
  /** How often the times are checked. */
  checkInterval: number;
  /** Connections beyond are closed at once; any number where absent. */
  maxConnections?: number;
}

/** The limits where nothing else is said: 10 s, 16 KiB, 75 s, 180 s, checked every second. */
export const SERVER_LIMITS: ServerLimits = {
  headersTimeout: 10_000,
  headerBytes: 16 * 1024,
  idleTimeout: 75_000,
  stallTimeout: 180_000,
  checkInterval: 1_000,
};
