import type { Command } from "commander";
import type { LogLevel } from "../shared/log.ts";
import { parseChoice } from "./parse_choice.ts";

/** The flags of a role's log, as they were given. */
export interface LogFlags {
  logFormat: string;
  logLevel: string;
}

/** Adds the flags of the log to a subcommand. */
export function addLogFlags(command: Command, format: "text" | "json"): Command {
  return command
    .option("--log-format <format>", "text, or json: one JSON document a line", format)
    .option("--log-level <level>", "debug, info, warn or error", "info");
}

/**
 * Reads the flags of the log.
 *
 * @throws {UsageError} where one is not among the known words.
 */
export function parseLogFlags(
  flags: LogFlags,
): { logFormat: "text" | "json"; logLevel: LogLevel } {
  return {
    logFormat: parseChoice("--log-format", flags.logFormat, ["text", "json"]),
    logLevel: parseChoice("--log-level", flags.logLevel, ["debug", "info", "warn", "error"]),
  };
}
