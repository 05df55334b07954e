import type { Command, CommanderError } from "commander";
import { suggestion } from "../shared/nearest.ts";

/** A command line that cannot be understood: the process ends with 2. */
export class UsageError extends Error {
  override name = "UsageError";

  /** `flag` is the flag or variable; `should` completes "it should be …". */
  constructor(readonly flag: string, readonly value: string, readonly should: string) {
    super(`${flag} is "${value}", it should be ${should}`);
  }
}

/** What is wrong with a flag; it is called by its variable where its value came from there. */
export function describeUsageError(error: UsageError, command?: Command): string {
  const option = command?.options.find(({ long }) => long === error.flag);
  if (option?.envVar === undefined) return error.message;
  const fromVariable = command!.getOptionValueSource(option.attributeName()) === "env";
  return fromVariable
    ? new UsageError(option.envVar, error.value, error.should).message
    : error.message;
}

/** The parser's complaint about the arguments of `command`, with the nearest flag that exists. */
export function describeUsage(error: CommanderError, command: Command): string {
  const message = error.message
    .replace(/^error: /, "")
    .replace(/\.$/, "")
    .replaceAll(/(?<!\w)'([^']*)'/g, '"$1"');
  const unknown = /^unknown option "(.*)"$/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const flags = command.createHelp().visibleOptions(command).map((option) => option.long ?? "");
  return message + suggestion(unknown, flags);
}
