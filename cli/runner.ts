import { type Command, Option } from "commander";
import { addCommandFacts, SERVER_EXIT_CODES, TELEMETRY_ENVIRONMENT } from "./command_facts.ts";
import type { RunnerOptions } from "../runner/run.ts";
import { addLogFlags, LOG_ENVIRONMENT, type LogFlags, parseLogFlags } from "./log_flags.ts";
import {
  addMetricsFlags,
  METRICS_PORT,
  type MetricsFlags,
  parseMetricsFlags,
  TRACES_HELP,
} from "./metrics_flags.ts";
import { parseDuration } from "./parse_duration.ts";
import { parsePort } from "./parse_port.ts";

/** The flags of `genkitd runner`, as they were given. */
export interface RunnerFlags extends LogFlags, MetricsFlags {
  root: string;
  port?: string;
  host: string;
  drainDelay: string;
  grace: string;
  page?: boolean;
}

/** Adds description, flags and action of `genkitd runner`. */
export function define(command: Command): void {
  command
    .description(
      "Serves the flows of a /genkit tree, as the operator mounts it into a pod. With manifest.json\n" +
        "there are many flows, with config.json there is one.",
    )
    .option("--root <folder>", "the folder with the tree", "/genkit")
    .option("--port <number>", "the port to listen on (default: $PORT, else 8080)")
    .option("--host <address>", "the address to listen on", "0.0.0.0");
  addMetricsFlags(command, METRICS_PORT);
  addLogFlags(command, "json")
    .option("--drain-delay <duration>", "how long requests are accepted after SIGTERM", "5s")
    .addOption(
      new Option("--grace <duration>", "how long requests in flight may take after that")
        .default("30s").env("GENKITD_GRACE"),
    )
    .option("--page", "a page with the flows at GET /, for whoever reaches the port")
    .addHelpText(
      "after",
      `
Examples:
  genkitd runner                                     in a pod: /genkit, port $PORT
  genkitd runner --root ./genkit --port 9000         a tree on this machine
  genkitd runner --log-format text --log-level debug
${TRACES_HELP}`,
    )
    .action(async (flags: RunnerFlags) => {
      const options = runnerOptions(flags, Deno.env.get("PORT"));
      const { run } = await import("../runner/run.ts");
      await run(options);
    });
  addCommandFacts(command, {
    environment: {
      PORT: "the port, where --port is not given; the operator sets it to spec.port",
      ...LOG_ENVIRONMENT,
      GENKITD_GRACE: "as --grace; the operator sets it to spec.requestTimeoutSeconds",
      GENKITD_APPROVAL_KEY: "the key of approval tokens (docs/tools.md)",
      "GEMINI_API_KEY, …": "credentials of a tree with one flow (docs/providers.md)",
      "AWS_…, GCE_METADATA_HOST": "the cloud's identity of the pod (docs/providers.md)",
      ...TELEMETRY_ENVIRONMENT,
    },
    exitCodes: SERVER_EXIT_CODES,
  });
}

/**
 * Reads the flags; `port` is the environment's PORT, used where the flag is absent.
 *
 * @throws {UsageError} where a value is out of its range.
 */
export function runnerOptions(flags: RunnerFlags, port: string | undefined): RunnerOptions {
  const served = flags.port === undefined
    ? parsePort("PORT", port || "8080")
    : parsePort("--port", flags.port);
  return {
    root: flags.root,
    port: served,
    host: flags.host,
    ...parseLogFlags(flags),
    drainDelay: parseDuration("--drain-delay", flags.drainDelay),
    grace: parseDuration("--grace", flags.grace),
    page: flags.page ?? false,
    // A Flow whose spec.port is that of the metrics is served, though nobody can scrape it.
    telemetry: parseMetricsFlags(flags, served === METRICS_PORT ? "off" : METRICS_PORT),
  };
}
