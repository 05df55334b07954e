import type { Command } from "commander";
import { addCommandFacts, CLUSTER_ENVIRONMENT } from "./command_facts.ts";
import type { OperatorOptions } from "../operator/run.ts";
import { addLogFlags, LOG_ENVIRONMENT, type LogFlags, parseLogFlags } from "./log_flags.ts";
import { parseCount } from "./parse_count.ts";
import { parseNamespace } from "./parse_namespace.ts";
import { parsePort } from "./parse_port.ts";

/** The flags of `genkitd operator`, as they were given. */
export interface OperatorFlags extends LogFlags {
  kubeconfig?: string;
  namespace?: string;
  watchSecrets: boolean;
  leaderElect: boolean;
  leaseNamespace?: string;
  legacyNamespace: string;
  maxRollouts: string;
  workers: string;
  sourceNamespaces?: string;
  healthPort: string;
  metricsPort: string;
  metricsAuth: boolean;
}

/** Adds description, flags and action of `genkitd operator`. */
export function define(command: Command): void {
  command
    .description(
      "Turns Prompts, Models, Tools, Flows and FlowSets of a cluster into Deployments and Services.",
    )
    .option("--kubeconfig <file>", "how to reach the cluster (default: $KUBECONFIG, the pod's own)")
    .option("--namespace <name>", "only this namespace (default: the whole cluster)")
    .option("--watch-secrets", "list and watch Secrets instead of reading them by name", false)
    .option("--no-leader-elect", "do not wait for the lease: only where no other operator runs")
    .option("--lease-namespace <name>", "the lease's namespace (default: the pod's own)")
    .option(
      "--legacy-namespace <name>",
      "where genkit-operator runs: while its lease is live, nothing is written",
      "genkit-operator-system",
    )
    .option("--max-rollouts <number>", "how many servers replace their pods at once; 0: all", "20")
    .option("--workers <number>", "how many objects are reconciled at once", "16")
    .option(
      "--source-namespaces <names>",
      "the namespaces, with commas between, that FlowSources of other namespaces may apply to",
    )
    .option("--health-port <number>", "the port of /healthz and /readyz", "8081")
    .option("--metrics-port <number>", "the port of /metrics", "8080")
    .option("--metrics-auth", "/metrics asks for a token that may GET it", false);
  addLogFlags(command, "json")
    .addHelpText(
      "after",
      `
Examples:
  genkitd operator                                   in a pod, for the whole cluster
  genkitd operator --namespace demo --watch-secrets  for one namespace
  genkitd operator --kubeconfig ~/.kube/config --lease-namespace default --log-format text`,
    )
    .action(async (flags: OperatorFlags) => {
      const options = operatorOptions(flags);
      const { run } = await import("../operator/run.ts");
      await run(options);
    });
  addCommandFacts(command, {
    environment: {
      ...CLUSTER_ENVIRONMENT,
      ...LOG_ENVIRONMENT,
      POD_NAMESPACE: "the lease's namespace, where --lease-namespace is not given",
      HOSTNAME: "who leads, as the lease and Events name it",
      "HTTPS_PROXY, NO_PROXY": "the way to the sources of FlowSources",
    },
    exitCodes: {
      0: "it was told to end (SIGTERM, SIGINT), and has",
      1: "it cannot start, or may not go on: another leads now",
      2: "arguments that cannot be understood",
    },
  });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is out of its range.
 */
export function operatorOptions(flags: OperatorFlags): OperatorOptions {
  return {
    kubeconfig: flags.kubeconfig,
    namespace: flags.namespace === undefined
      ? undefined
      : parseNamespace("--namespace", flags.namespace),
    watchSecrets: flags.watchSecrets,
    leaderElect: flags.leaderElect,
    leaseNamespace: flags.leaseNamespace === undefined
      ? undefined
      : parseNamespace("--lease-namespace", flags.leaseNamespace),
    legacyNamespace: parseNamespace("--legacy-namespace", flags.legacyNamespace),
    maxRollouts: parseCount("--max-rollouts", flags.maxRollouts, 0, 10_000),
    workers: parseCount("--workers", flags.workers, 1, 256),
    sourceNamespaces: (flags.sourceNamespaces ?? "").split(",").map((name) => name.trim())
      .filter((name) => name !== "").map((name) => parseNamespace("--source-namespaces", name)),
    healthPort: parsePort("--health-port", flags.healthPort),
    metricsPort: parsePort("--metrics-port", flags.metricsPort),
    metricsAuth: flags.metricsAuth,
    ...parseLogFlags(flags),
  };
}
