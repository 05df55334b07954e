import { Command, type Option } from "commander";
import { commandFacts } from "../../cli/command_facts.ts";
import { subcommands } from "../../mod.ts";
import { escaped } from "./field_text.ts";
import { table } from "../table.ts";

/** Every subcommand as it defines itself. */
const COMMANDS = await Promise.all(subcommands.map(async ({ name, summary, load }) => {
  const command = new Command(name).summary(summary).description(summary);
  (await load()).define(command);
  return command;
}));

/** Writes the reference page of the command line, from what the commands' help says. */
export function cliPage(): string {
  return [
    "<!-- Made by `deno task generate` from cli and mod.ts; do not edit. -->",
    "# genkitd",
    "Serves Genkit AI flows that are written as Kubernetes objects. `genkitd COMMAND --help` says " +
    "what stands here. `genkitd --version` tells the version.",
    table(
      ["command", "what it does"],
      COMMANDS.map((command) => [
        `[${command.name()}](#genkitd-${command.name()})`,
        escaped(command.summary()),
      ]),
    ),
    "Every command ends with 2 where its arguments cannot be understood, and says which and what " +
    "they should be on standard error. Durations are as in Kubernetes: `500ms`, `30s`, `5m`, `1h30m`.",
    ...COMMANDS.flatMap(section),
  ].join("\n\n") + "\n";
}

function section(command: Command): string[] {
  const { environment, exitCodes } = commandFacts(command);
  const named = (entries: [string, string][]) =>
    table(["", ""], entries.map(([name, what]) => [code(name), text(what)]));
  const words = command.registeredArguments;
  return [
    `## genkitd ${command.name()}`,
    `\`\`\`\ngenkitd ${command.name()} ${command.usage()}\n\`\`\``,
    text(command.description().replaceAll("\n", " ")),
    ...words.length === 0 ? [] : [
      table(
        ["argument", "what it is"],
        words.map(({ description }, at) => [
          `\`${words[at]!.name()}${words[at]!.variadic ? "…" : ""}\`` +
          (words[at]!.required ? "" : ", optional"),
          text(description),
        ]),
      ),
    ],
    table(
      ["flag", "default", "what it does"],
      command.options.map((option) => flag(command, option)),
    ),
    ...Object.keys(environment).length === 0
      ? []
      : ["Environment variables:", named(Object.entries(environment))],
    "Exit codes:",
    named(Object.entries(exitCodes)),
    ...examples(command),
  ];
}

function flag(command: Command, { flags, long, description, defaultValue, negate }: Option) {
  const [, what = description, told] = /^(.*) \(default: (.*)\)$/s.exec(description) ?? [];
  const usual = told ??
    (negate || defaultValue === undefined || defaultValue === false || isEmpty(defaultValue)
      ? ""
      : `\`${defaultValue}\``);
  const anchor = `${command.name()}${long}`;
  return [`<a id="${anchor}"></a>\`${flags}\``, text(usual), text(what)];
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** A text of the help, in which the names of pages lead there. */
function text(help: string): string {
  return escaped(help).replaceAll(/docs\/([\w-]+\.md)/g, "[$1](../$1)");
}

/** Names stand in code; what stands for others of their kind does not. */
function code(names: string): string {
  return names.split(", ").map((name) => name === "…" ? name : `\`${name}\``).join(", ");
}

/** The examples of the help, which stand under `Examples:` up to an empty line. */
function examples(command: Command): string[] {
  let help = "";
  command.configureOutput({ writeOut: (text) => help += text, getOutHelpWidth: () => 100 });
  command.outputHelp();
  const [, shown] = /^Examples:\n(.*?)\n(?=\n|$)/ms.exec(help) ?? [];
  if (shown === undefined) return [];
  return ["Examples:", `\`\`\`\n${shown.replaceAll(/^ {2}/gm, "")}\n\`\`\``];
}
