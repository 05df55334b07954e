import { Command, CommanderError, Help } from "commander";
import type { DroppablePermission } from "../shared/drop_permissions.ts";
import { suggestion } from "../shared/nearest.ts";
import { VERSION } from "../shared/version.ts";
import { ExitError } from "./exit_error.ts";
import { OutputError } from "./output_error.ts";
import { type Output, terminal } from "./terminal.ts";
import { describeUsage, describeUsageError, UsageError } from "./usage_error.ts";

/** A subcommand of genkitd, whose code is loaded only when it is asked for. */
export interface Subcommand {
  name: string;
  /** One line of `genkitd --help`. */
  summary: string;
  /** What it needs of the permissions that are given up at the start. Default: none. */
  keeps?: readonly DroppablePermission[];
  /** Gives the function that adds description, flags and action. */
  load(): Promise<{ define(command: Command): void }>;
}

/**
 * Runs a command line and gives the exit code: 0 for a clean end and for help (also without any
 * argument), 1 for a failure at run time, 2 for arguments that cannot be understood and for output
 * that cannot be written, which no finding may be taken for; a command may have codes of its own.
 */
export async function main(
  args: readonly string[],
  subcommands: readonly Subcommand[],
  output: Output = terminal,
): Promise<number> {
  const words = withHelpFlag(args);
  const [first = ""] = words;
  const names = subcommands.map(({ name }) => name);
  if (!first.startsWith("-") && !names.includes(first)) {
    const near = suggestion(first, [...names, "help"]);
    output.stderr(`error: unknown command "${first}"${near}\n${seeHelp("genkitd")}`);
    return 2;
  }
  const program = await defineProgram(words, subcommands, output);
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError || error instanceof UsageError) {
      const command = program.commands.find((command) => command.name() === first);
      const name = command === undefined ? "genkitd" : `genkitd ${first}`;
      const message = error instanceof UsageError
        ? describeUsageError(error, command)
        : describeUsage(error, command ?? program);
      output.stderr(`error: ${message}\n${seeHelp(name)}`);
      return 2;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (message !== "") output.stderr(`error: ${message}\n`);
    if (error instanceof OutputError) return 2;
    return error instanceof ExitError ? error.code : 1;
  }
}

function seeHelp(command: string): string {
  return `Run "${command} --help" to see what it takes\n`;
}

/** `version` means `--version`. `help serve` means `serve --help`; nothing at all means `--help`. */
function withHelpFlag(args: readonly string[]): string[] {
  if (args.length === 0) return ["--help"];
  if (args[0] === "version") return ["--version"];
  return args[0] === "help" ? [...args.slice(1), "--help"] : [...args];
}

async function defineProgram(
  words: readonly string[],
  subcommands: readonly Subcommand[],
  output: Output,
): Promise<Command> {
  const program = new Command("genkitd")
    .description("Serves Genkit AI flows that are written as Kubernetes objects.")
    .version(`genkitd ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: output.stdout,
      // What is wrong is written once, by main.
      writeErr: () => {},
      getOutHelpWidth: () => 100,
    })
    .configureHelp({
      // That a flag is absent unless it is given goes without saying.
      optionDescription: (option) =>
        new Help().optionDescription(option).replace(/ \(default: \[\]\)$/, ""),
    });
  for (const { name, summary, load } of subcommands) {
    const command = program.command(name).summary(summary).description(summary);
    if (words.includes(name)) (await load()).define(command);
  }
  return program;
}
