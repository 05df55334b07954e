import type { LogLevel } from "../shared/log.ts";

/** Options of {@linkcode run}. */
export interface RunnerOptions {
  /** The folder with the /genkit tree. */
  root: string;
  /** 0 takes any free port. */
  port: number;
  host: string;
  logFormat: "text" | "json";
  logLevel: LogLevel;
  /** Milliseconds for which requests are still accepted after SIGTERM. */
  drainDelay: number;
  /** Milliseconds that requests in flight get to finish after that. */
  grace: number;
}

/**
 * Serves the flows of a /genkit tree until the process is told to stop.
 *
 * @throws {Error} where it cannot start, in words for a person.
 */
export function run(_options: RunnerOptions): Promise<void> {
  return Promise.reject(new Error("Cannot run: not built yet"));
}
