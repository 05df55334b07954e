/** What a server tells of itself. */
export interface TelemetryOptions {
  /** Where /metrics is served; nowhere where it is absent. */
  metrics?: {
    /** 0 takes any free port. */
    port: number;
    /** A port that is taken is no reason not to serve. */
    optional: boolean;
  };
  /** Whether traces hold what models and tools were asked and answered. */
  recordContent: boolean;
}
