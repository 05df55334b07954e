import type { LogLevel } from "../shared/log.ts";
import type { ServeReport } from "./serve_report.ts";

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** Files, folders, globs, or `-` for standard input. */
  paths: string[];
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** Every model is answered by echo. */
  offline: boolean;
  /** Follow changes of the files. */
  watch: boolean;
  logFormat: "text" | "json";
  logLevel: LogLevel;
  /** Milliseconds for which requests are still accepted after SIGTERM. */
  drainDelay: number;
  report: ServeReport;
}

/**
 * Serves the flows of object files until the process is told to stop.
 *
 * @throws {Error} where it cannot start, in words for a person.
 */
export function serve(_options: ServeOptions): Promise<void> {
  return Promise.reject(new Error("Cannot serve: not built yet"));
}
