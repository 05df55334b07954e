import type { Command } from "commander";
import { addCommandFacts } from "./command_facts.ts";
import { formatProblem } from "../shared/sources/format_problem.ts";
import { ExitError } from "./exit_error.ts";
import { parseChoice } from "./parse_choice.ts";
import { PATHS_HELP } from "./read_files.ts";
import { addResourcesFlag, type ResourcesFlag } from "./resources_flag.ts";
import { terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** The flags of `genkitd render`, as they were given. */
export interface RenderFlags extends ResourcesFlag {
  namespace?: string;
  name?: string;
  kind?: string;
  layout?: string;
  force?: boolean;
}

/** The kinds that the operator makes of a Flow or FlowSet. */
const KINDS = [
  "ConfigMap",
  "Service",
  "PodDisruptionBudget",
  "NetworkPolicy",
  "HorizontalPodAutoscaler",
  "Deployment",
] as const;

/** Adds description, flags and action of `genkitd render`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Writes what the operator would make of the Flows and FlowSets in object files, as YAML; or the\n" +
        "/genkit trees that their pods would find. It asks no cluster.",
    )
    .argument("<PATH...>", PATHS_HELP)
    .option("--namespace <name>", "only the Flows and FlowSets of this namespace")
    .option("--name <name>", "only the Flow or FlowSet of this name")
    .option("--kind <kind>", "only children of this kind, such as Deployment")
    .option("--layout <dir>", "write the /genkit trees to DIR/<namespace>/<server>/ instead")
    .option("--force", "write into a DIR that is not empty, and replace the trees there")
    .addHelpText(
      "after",
      `
Examples:
  genkitd render flows/                                all children, as YAML
  genkitd render flows/ --name greeter --kind Deployment
  genkitd render flows/ --layout /tmp/trees            then: genkitd runner --root …

What only a cluster knows (uids, the digest of credentials) is left out, and a comment says so.`,
    )
    .action(async (paths: string[], flags: RenderFlags) => {
      const { namespace, name, kind, layout, force = false } = renderOptions(flags);
      const { readFiles } = await import("./read_files.ts");
      const { fileObjects, previewFiles } = await import("./preview_files.ts");
      const { renderProblems, renderYaml } = await import("./render_output.ts");
      const snapshot = await readFiles(paths, flags.resources);
      const files = fileObjects(snapshot);
      const servers = await previewFiles(files, { namespace, name });
      if (layout === undefined) terminal.stdout(renderYaml(servers, kind));
      else {
        const { writeLayout } = await import("./write_layout.ts");
        const trees = servers.filter(({ server }) => server.flows.length > 0)
          .map(({ namespace, name, content }) => ({ namespace, name, files: content.files }));
        const written = await writeLayout(layout, trees, force).catch((cause) => {
          throw new ExitError(2, (cause as Error).message, { cause });
        });
        for (const folder of written) terminal.stdout(`${folder}\n`);
      }
      const problems = [
        ...files.problems.map((problem) =>
          formatProblem(problem, snapshot.files.get(problem.file))
        ),
        ...renderProblems(servers, layout !== undefined),
      ];
      for (const note of files.notes) terminal.stderr(`${formatProblem(note)}\n`);
      for (const problem of problems) terminal.stderr(`${problem}\n`);
      if (servers.length === 0) {
        throw new ExitError(1, "There is no such Flow or FlowSet in the files");
      }
      if (problems.length > 0) throw new ExitError(1);
    });
  addCommandFacts(command, {
    environment: {},
    exitCodes: {
      0: "all is rendered",
      1: "something is left out: it does not resolve, or there is no such object",
      2: "it cannot look or write: no such file, arguments that cannot be understood",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is none of those that it can be, or flags do not go together.
 */
export function renderOptions(flags: RenderFlags): RenderFlags {
  if (flags.kind !== undefined) parseChoice("--kind", flags.kind, KINDS);
  if (flags.layout !== undefined && flags.kind !== undefined) {
    throw new UsageError("--kind", flags.kind, "given without --layout");
  }
  if (flags.force && flags.layout === undefined) {
    throw new UsageError("--force", "true", "beside --layout");
  }
  return flags;
}
