import type { Command } from "commander";
import { addCommandFacts } from "./command_facts.ts";
import { collect } from "./collect.ts";
import { ExitError } from "./exit_error.ts";
import { TESTED_PROVIDERS } from "../conformance/model/tested_provider.ts";
import { failures, type Report } from "../conformance/report/report.ts";
import { RULES } from "../conformance/rules.ts";
import type { ConformanceOptions, Target } from "../conformance/run.ts";
import { parseChoice } from "./parse_choice.ts";
import { parseDuration } from "./parse_duration.ts";
import { terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

const FORMATS = ["text", "json", "junit"] as const;

/** The flags of `genkitd conformance`, as they were given. */
export interface ConformanceFlags {
  url?: string;
  tree?: string;
  provider: string;
  mountPath?: string;
  env: string[];
  rule: string[];
  format: string;
  timeout: string;
  grace: string;
  strict?: boolean;
}

/** Adds description, flags and action of `genkitd conformance`. */
export function define(command: Command): void {
  command
    .description(
      "Looks whether a runner keeps to the contract (docs/contract.md), rule by rule: starts it with\n" +
        "generated trees, a mock model and mock tools, calls its flows and ends it.",
    )
    .argument(
      "[COMMAND...]",
      "what starts the runner, after --; {root}, {port}, {model} are filled in",
    )
    .option("--url <url>", "a runner that somebody else starts, to serve here; with --tree")
    .option("--tree <folder>", "an empty folder that gets the tree for the runner at --url")
    .option(
      "--provider <type>",
      TESTED_PROVIDERS.map(({ type }) => type).join(", "),
      "googleai",
    )
    .option("--mount-path <path>", "where the runner sees the tree (default: where it is)")
    .option("--env <NAME=value>", "a variable for the runner; may be repeated", collect, [])
    .option("--rule <id>", "only this rule; may be repeated", collect, [])
    .option("--format <format>", "text, json or junit", "text")
    .option("--timeout <duration>", "how long a start, or an answer, may take", "30s")
    .option("--grace <duration>", "how long the runner may take to end", "30s")
    .option("--strict", "end with 1 where a SHOULD is broken, too")
    .addHelpText(
      "after",
      `
Examples:
  genkitd conformance -- node runner.js                   the tree is in $GENKIT_ROOT
  genkitd conformance -- ./runner --root {root} --port {port}
  genkitd conformance --provider openai --format junit -- python3 runner.py
  genkitd conformance --mount-path /genkit -- docker run --rm --network host -e PORT \\
    -e GEMINI_API_KEY -v {root}:/genkit:ro IMAGE
  genkitd conformance --url http://localhost:8080 --tree ./genkit`,
    )
    .action(async (words: string[], flags: ConformanceFlags) => {
      const { format, strict, ...options } = conformanceOptions(words, flags);
      const { runConformance } = await import("../conformance/run.ts");
      const note = (text: string) => terminal.stderr(`${text}\n`);
      const report = await runConformance({ ...options, note }).catch((cause) => {
        throw new ExitError(2, (cause as Error).message, { cause });
      });
      terminal.stdout(await write(report, format));
      const failed = failures(report, strict).map(({ id }) => id);
      if (failed.length > 0) {
        throw new Error(`the runner breaks ${failed.length} of the rules: ${failed.join(", ")}`);
      }
    });
  addCommandFacts(command, {
    environment: {},
    exitCodes: {
      0: "no MUST is broken",
      1: "one is, with --strict a SHOULD as well",
      2: "it cannot look: no such command, arguments that cannot be understood",
      130: "interrupted; the runner is ended",
      143: "told to end; the runner is ended",
    },
  });
}

/**
 * Reads the command and the flags.
 *
 * @throws {UsageError} where they do not go together, or a value is none of those that it can be.
 */
export function conformanceOptions(
  words: readonly string[],
  flags: ConformanceFlags,
): Omit<ConformanceOptions, "note"> & { format: typeof FORMATS[number]; strict: boolean } {
  const types = TESTED_PROVIDERS.map(({ type }) => type);
  const type = parseChoice("--provider", flags.provider, types);
  const ids = RULES.map(({ id }) => id);
  const wanted = flags.rule.map((id) => parseChoice("--rule", id, ids));
  return {
    target: target(words, flags),
    provider: TESTED_PROVIDERS.find((provider) => provider.type === type)!,
    ...flags.mountPath !== undefined && { mountPath: flags.mountPath.replace(/(?<=.)\/+$/, "") },
    rules: RULES.filter(({ id }) => wanted.length === 0 || wanted.includes(id)),
    timeout: parseDuration("--timeout", flags.timeout),
    grace: parseDuration("--grace", flags.grace),
    format: parseChoice("--format", flags.format, FORMATS),
    strict: flags.strict ?? false,
  };
}

function target(words: readonly string[], { url, tree, env }: ConformanceFlags): Target {
  if (url === undefined) {
    if (words.length === 0) throw new UsageError("COMMAND", "", "what starts the runner, after --");
    if (tree !== undefined) throw new UsageError("--tree", tree, "beside --url");
    return { command: words, environment: Object.fromEntries(env.map(variable)) };
  }
  if (words.length > 0) throw new UsageError("COMMAND", words.join(" "), "absent beside --url");
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new UsageError("--url", url, "like http://localhost:8080");
  }
  if (tree === undefined) throw new UsageError("--tree", "", "a folder, where there is --url");
  return { url: url.replace(/\/+$/, ""), folder: tree };
}

function variable(text: string): [string, string] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError("--env", text, "like NAME=value");
  return [name, value!];
}

async function write(report: Report, format: typeof FORMATS[number]): Promise<string> {
  switch (format) {
    case "text":
      return (await import("../conformance/report/text_report.ts")).textReport(report);
    case "json":
      return (await import("../conformance/report/json_report.ts")).jsonReport(report);
    case "junit":
      return (await import("../conformance/report/junit_report.ts")).junitReport(report);
  }
}
