import { type Command, Option } from "commander";
import type { LogLevel } from "../shared/log.ts";
import { parseChoice } from "./parse_choice.ts";

/** The flags of a role's log, as they were given. */
export interface LogFlags {
  logFormat: string;
  logLevel: string;
}

/** The variables that stand for the flags of the log, where a subcommand takes them from there. */
export const LOG_ENVIRONMENT = {
  GENKITD_LOG_FORMAT: "as --log-format",
  GENKITD_LOG_LEVEL: "as --log-level",
} as const;

/** Adds the flags of the log to a subcommand; they can stand in its environment as well. */
export function addLogFlags(command: Command, format: "text" | "json"): Command {
  const [formatFlag, levelFlag] = logOptions(format);
  return command
    .addOption(formatFlag.env("GENKITD_LOG_FORMAT"))
    .addOption(levelFlag.env("GENKITD_LOG_LEVEL"));
}

/** The flags of the log, for a subcommand that reads the environment by itself. */
export function logOptions(format: "text" | "json"): [format: Option, level: Option] {
  return [
    new Option("--log-format <format>", "text, or json: one JSON document a line").default(format),
    new Option("--log-level <level>", "debug, info, warn or error").default("info"),
  ];
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
