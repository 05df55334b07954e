/** How a sandbox fares. */
export interface SandboxState {
  /** It has been ended for good. */
  closed: boolean;
  /** Its resident memory. */
  residentBytes: number;
  /** How often it was started again. */
  restarts: number;
  /** The names of the flows that it has loaded. */
  flows: string[];
}
