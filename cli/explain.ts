import type { Command } from "commander";
import { addCommandFacts, CLUSTER_ENVIRONMENT } from "./command_facts.ts";
import { collect } from "./collect.ts";
import { ExitError } from "./exit_error.ts";
import { parseChoice } from "./parse_choice.ts";
import { parseTarget } from "./parse_target.ts";
import { addResourcesFlag, type ResourcesFlag } from "./resources_flag.ts";
import { formatProblem } from "../shared/sources/format_problem.ts";
import { terminal } from "./terminal.ts";

/** The flags of `genkitd explain`, as they were given. */
export interface ExplainFlags extends ResourcesFlag {
  file: string[];
  namespace?: string;
  kubeconfig?: string;
  context?: string;
  output: string;
}

/** Options of a run of `genkitd explain`. */
export interface ExplainOptions {
  kind: string;
  name: string;
  output: "text" | "json" | "yaml" | "dot";
}

/** Adds description, flags and action of `genkitd explain`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Shows what an object needs, as a tree: models, providers, Secrets' keys, prompts, partials,\n" +
        "tools. Each node says how it stands, what is wrong with it, and whose pods an edit of it\n" +
        "restarts. It reads files, or a cluster, changes nothing, and shows no value of a Secret.",
    )
    .argument("<TARGET>", "KIND/NAME, such as flow/greeter, flowset/desk, model/main")
    .option("-f, --file <path>", "read files instead of a cluster; may be repeated", collect, [])
    .option("-n, --namespace <name>", "the object's namespace")
    .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's own)")
    .option("--context <name>", "the context of the kubeconfig")
    .option("--output <format>", "text, json, yaml, or dot for Graphviz", "text")
    .addHelpText(
      "after",
      `
Examples:
  genkitd explain flow/greeter                         in the cluster of the current context
  genkitd explain flowset/desk -f flows/               in files
  genkitd explain model/main -f flows/ --output dot    for Graphviz`,
    )
    .action(async (target: string, flags: ExplainFlags) => {
      const { kind, name, output } = explainOptions(target, flags);
      const { explainCluster, explainFiles } = await import("./explain_object.ts");
      const { explainData, explainDot, explainText } = await import("./explain_output.ts");
      const tree = flags.file.length > 0
        ? await explainFiles({ kind, name }, flags.file, {
          ...flags,
          note: (note) => terminal.stderr(`${formatProblem(note)}\n`),
        })
        : await explainCluster({ kind, name }, flags);
      const text = output === "text"
        ? explainText(tree)
        : output === "dot"
        ? explainDot(tree)
        : explainData(tree, output);
      terminal.stdout(`${text}\n`);
      if (tree.state === "missing") throw new ExitError(1);
    });
  addCommandFacts(command, {
    environment: CLUSTER_ENVIRONMENT,
    exitCodes: {
      0: "the object is shown, whatever is wrong with it",
      1: "there is no such object, or the cluster does not answer",
      2: "it cannot look: no such file, arguments that cannot be understood",
    },
  });
}

/**
 * Reads target and flags.
 *
 * @throws {UsageError} where a value is none of those that it can be.
 */
export function explainOptions(target: string, { output }: ExplainFlags): ExplainOptions {
  return {
    ...parseTarget(target),
    output: parseChoice("--output", output, ["text", "json", "yaml", "dot"]),
  };
}
