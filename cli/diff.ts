import type { Command } from "commander";
import { addCommandFacts, CLUSTER_ENVIRONMENT } from "./command_facts.ts";
import { formatProblem } from "../shared/sources/format_problem.ts";
import { ExitError } from "./exit_error.ts";
import { parseChoice } from "./parse_choice.ts";
import { PATHS_HELP } from "./read_files.ts";
import { addResourcesFlag, type ResourcesFlag } from "./resources_flag.ts";
import { terminal } from "./terminal.ts";

/** The flags of `genkitd diff`, as they were given. */
export interface DiffFlags extends ResourcesFlag {
  namespace?: string;
  kubeconfig?: string;
  context?: string;
  prune?: boolean;
  output: string;
}

/** Adds description, flags and action of `genkitd diff`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Tells what applying object files would change in a cluster: objects by their fields, and which\n" +
        "servers' pods would be replaced and why. It changes nothing, and shows no value.",
    )
    .argument("<PATH...>", PATHS_HELP)
    .option("-n, --namespace <name>", "the namespace of objects that name none")
    .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's own)")
    .option("--context <name>", "the context of the kubeconfig")
    .option("--prune", "objects of genkitd's kinds that are not in the files are removed")
    .option("--output <format>", "text or json", "text")
    .addHelpText(
      "after",
      `
Examples:
  genkitd diff flows/                      against the cluster of the current context
  genkitd diff flows/ --prune --output json`,
    )
    .action(async (paths: string[], flags: DiffFlags) => {
      const { output, prune = false, ...access } = diffOptions(flags);
      const { readFiles } = await import("./read_files.ts");
      const { fileObjects } = await import("./preview_files.ts");
      const { withCluster } = await import("../operator/preview/read_cluster.ts");
      const { diffCluster } = await import("../operator/preview/diff_cluster.ts");
      const { diffText } = await import("./diff_output.ts");
      const snapshot = await readFiles(paths, flags.resources);
      const { scope, problems, notes } = fileObjects(snapshot);
      for (const note of notes) terminal.stderr(`${formatProblem(note)}\n`);
      for (const problem of problems) {
        terminal.stderr(`${formatProblem(problem, snapshot.files.get(problem.file))}\n`);
      }
      if (problems.length > 0) throw new ExitError(2, "Cannot compare files with problems");
      const { kubeconfig, context } = access;
      const diff = await withCluster(
        { kubeconfig, context, command: "diff" },
        (client, own) =>
          diffCluster(client, scope.all, { namespace: access.namespace ?? own, prune }),
      ).catch((cause) => {
        throw new ExitError(2, (cause as Error).message, { cause });
      });
      terminal.stdout(`${output === "json" ? JSON.stringify(diff, null, 2) : diffText(diff)}\n`);
      if (diff.objects.length + diff.rollouts.length > 0) throw new ExitError(1);
    });
  addCommandFacts(command, {
    environment: CLUSTER_ENVIRONMENT,
    exitCodes: {
      0: "nothing would change",
      1: "something would",
      2: "a failure, as with kubectl diff",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is none of those that it can be.
 */
export function diffOptions(flags: DiffFlags): DiffFlags & { output: "text" | "json" } {
  return { ...flags, output: parseChoice("--output", flags.output, ["text", "json"]) };
}
