import type { Command } from "commander";
import { addCommandFacts } from "./command_facts.ts";
import { collect } from "./collect.ts";
import { LINT_RULES, type LintRule } from "../shared/lint/lint_rules.ts";
import { ExitError } from "./exit_error.ts";
import { lintJson, lintText } from "./lint_output.ts";
import { lintSarif } from "./lint_sarif.ts";
import { paintFor } from "./paint.ts";
import { parseChoice } from "./parse_choice.ts";
import { PATHS_HELP } from "./read_files.ts";
import { addResourcesFlag, type ResourcesFlag } from "./resources_flag.ts";
import { terminal } from "./terminal.ts";

/** The flags of `genkitd lint`, as they were given. */
export interface LintFlags extends ResourcesFlag {
  format: string;
  strict?: boolean;
  disable: string[];
}

/** Options of a run of `genkitd lint`. */
export interface LintOptions {
  format: "text" | "json" | "sarif";
  /** Whether warnings fail. */
  strict: boolean;
  disabled: Set<LintRule>;
}

/** Adds description, flags and action of `genkitd lint`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Finds what is wrong in object files: YAML, fields, references, prompts, tools, settings,\n" +
        "models that end, objects that nobody uses. It asks no cluster and no model, and renders no\n" +
        "prompt.",
    )
    .argument("<PATH...>", PATHS_HELP)
    .option("--format <format>", "text, json, or sarif (2.1.0)", "text")
    .option("--strict", "end with 1 for warnings too")
    .option("--disable <rule>", "leave a rule out; may be repeated", collect, [])
    .addHelpText(
      "after",
      `
Examples:
  genkitd lint flows/                                  every .yaml, .yml and .json in the folder
  genkitd lint flows/ --strict --disable deprecated-model
  genkitd lint flows/ --format sarif                   for code scanning

The rules are in docs/lint.md.`,
    )
    .action(async (paths: string[], flags: LintFlags) => {
      const { format, strict, disabled } = lintOptions(flags);
      const { readFiles } = await import("./read_files.ts");
      const { lintFiles } = await import("../shared/lint/lint_files.ts");
      const snapshot = await readFiles(paths, flags.resources);
      const result = await lintFiles(snapshot, disabled);
      const noColor = Deno.env.get("NO_COLOR");
      const paint = paintFor({ terminal: Deno.stdout.isTerminal(), noColor });
      const text = format === "json"
        ? lintJson(result)
        : format === "sarif"
        ? lintSarif(result)
        : lintText(result, snapshot.files, paint);
      terminal.stdout(`${text}\n`);
      const failed = result.findings.some(({ level }) =>
        level === "error" || strict && level === "warning"
      );
      if (failed) throw new ExitError(1);
    });
  addCommandFacts(command, {
    environment: { NO_COLOR: "no colours, where it is not empty" },
    exitCodes: {
      0: "nothing is wrong",
      1: "something is; with --strict a warning, too",
      2: "it cannot look: no such file, arguments that cannot be understood",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is none of those that it can be.
 */
export function lintOptions({ format, strict = false, disable }: LintFlags): LintOptions {
  const rules = Object.keys(LINT_RULES) as LintRule[];
  return {
    format: parseChoice("--format", format, ["text", "json", "sarif"]),
    strict,
    disabled: new Set(disable.map((rule) => parseChoice("--disable", rule, rules))),
  };
}
