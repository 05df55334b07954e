import type { Command } from "commander";

/** What is to be known of a command besides its arguments and flags; its help ends with it. */
export interface CommandFacts {
  /** The environment variables that it reads, with what they do. */
  environment: Readonly<Record<string, string>>;
  /** Its exit codes, with what they say. */
  exitCodes: Readonly<Record<number, string>>;
}

const known = new WeakMap<Command, CommandFacts>();

/** How a server ends: after SIGTERM or SIGINT, when all that was in flight is answered. */
export const SERVER_EXIT_CODES = {
  0: "it was told to end (SIGTERM, SIGINT), and has",
  1: "it cannot start, or go on",
  2: "arguments that cannot be understood",
  130: "told to end a second time, by SIGINT",
  143: "told to end a second time, by SIGTERM",
} as const;

/** Where a command that talks to a cluster finds it. */
export const CLUSTER_ENVIRONMENT = {
  KUBECONFIG: "kubeconfig files, where --kubeconfig is not given; else ~/.kube/config",
  KUBERNETES_SERVICE_HOST: "set in pods: the API server, by the pod's own ServiceAccount",
} as const;

/** The end of the help of a server, on traces. */
export const TELEMETRY_ENVIRONMENT = {
  "OTEL_DENO, OTEL_…": "Deno's own, for traces and metrics (docs/telemetry.md)",
} as const;

/** Adds what is known of a command to its help, after its examples. */
export function addCommandFacts(command: Command, facts: CommandFacts): Command {
  known.set(command, facts);
  const { environment, exitCodes } = facts;
  const sections = [
    ...section("Environment:", Object.entries(environment)),
    ...section("Exit codes:", Object.entries(exitCodes)),
  ];
  return command.addHelpText("after", sections.join("\n"));
}

/** Gives what {@linkcode addCommandFacts} was told of a command. */
export function commandFacts(command: Command): CommandFacts {
  return known.get(command) ?? { environment: {}, exitCodes: {} };
}

function section(title: string, entries: [string, string][]): string[] {
  if (entries.length === 0) return [];
  const width = Math.max(...entries.map(([name]) => name.length));
  return ["", title, ...entries.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)];
}
