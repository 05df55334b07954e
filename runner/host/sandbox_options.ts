import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import type { SandboxProcess } from "./sandbox_process.ts";

/** How a sandbox is run. */
export interface SandboxOptions {
  /** Starts the process, and starts it again when it has died. */
  start: () => SandboxProcess;
  log: Log;
  clock?: Clock;
  /**
   * The most calls in flight, and half of them of one flow among several; more are answered 503.
   * Default 1,024.
   */
  maxCalls?: number;
  /** Milliseconds between two looks at the process once it has started. Default 1,000. */
  heartbeat?: number;
  /** Looks without an answer after which the process is ended. Default 5. */
  missedHeartbeats?: number;
  /** Resident memory in bytes above which the process is ended. Default 768 MiB. */
  maxResidentBytes?: number;
}
