import type { Command } from "commander";
import { addCommandFacts, CLUSTER_ENVIRONMENT } from "./command_facts.ts";
import type { PreflightOptions } from "../operator/preflight/run.ts";
import { LEGACY_NAMESPACE } from "../operator/lease_names.ts";
import { parseChoice } from "./parse_choice.ts";
import { parseNamespace } from "./parse_namespace.ts";
import { preflightTable } from "./preflight_table.ts";
import { terminal } from "./terminal.ts";

/** The flags of `genkitd preflight`, as they were given. */
export interface PreflightFlags {
  kubeconfig?: string;
  namespace?: string;
  legacyNamespace: string;
  output: string;
}

/** Adds description, flags and action of `genkitd preflight`. */
export function define(command: Command): void {
  command
    .description(
      "Looks whether genkitd can be installed over genkit-operator 0.5.0, and says what to do first.\n" +
        "It changes nothing.",
    )
    .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's own)")
    .option("--namespace <name>", "only this namespace (default: the whole cluster)")
    .option(
      "--legacy-namespace <name>",
      "where genkit-operator 0.5.0 runs",
      LEGACY_NAMESPACE,
    )
    .option("--output <format>", "table or json", "table")
    .addHelpText(
      "after",
      `
Examples:
  genkitd preflight                                  the whole cluster of the current context
  genkitd preflight --namespace demo --output json   one namespace, for programs`,
    )
    .action(async (flags: PreflightFlags) => {
      const { output, ...options } = preflightOptions(flags);
      const { run } = await import("../operator/preflight/run.ts");
      const findings = await run(options);
      const text = output === "json" ? JSON.stringify(findings, null, 2) : preflightTable(findings);
      terminal.stdout(`${text}\n`);
      const failed = findings.filter(({ level }) => level === "fail").length;
      if (failed > 0) throw new Error(`${failed} of the findings stand in the way of an upgrade`);
    });
  addCommandFacts(command, {
    environment: CLUSTER_ENVIRONMENT,
    exitCodes: {
      0: "nothing stands in the way",
      1: "something does, or the cluster does not answer",
      2: "arguments that cannot be understood",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is none of those that it can be.
 */
export function preflightOptions(
  { kubeconfig, namespace, legacyNamespace, output }: PreflightFlags,
): PreflightOptions & { output: "table" | "json" } {
  return {
    kubeconfig,
    namespace: namespace === undefined ? undefined : parseNamespace("--namespace", namespace),
    legacyNamespace,
    output: parseChoice("--output", output, ["table", "json"]),
  };
}
