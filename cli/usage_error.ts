import type { Command, CommanderError } from "commander";
import { suggestion } from "../shared/nearest.ts";

/** A command line that cannot be understood: the process ends with 2. */
export class UsageError extends Error {
  override name = "UsageError";

  /** `name` is the flag or variable; `should` completes "it should be …". */
  constructor(name: string, value: string, should: string) {
    super(`${name} is "${value}", it should be ${should}`);
  }
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
