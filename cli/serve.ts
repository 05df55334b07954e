import type { Command } from "commander";
import type { ServeOptions } from "../runner/serve.ts";
import { createLog } from "../shared/log.ts";
import { addLogFlags, type LogFlags, parseLogFlags } from "./log_flags.ts";
import { logReport } from "./log_report.ts";
import {
  addMetricsFlags,
  type MetricsFlags,
  parseMetricsFlags,
  TRACES_HELP,
} from "./metrics_flags.ts";
import { paintFor } from "./paint.ts";
import { parseDuration } from "./parse_duration.ts";
import { parsePort } from "./parse_port.ts";
import { terminal } from "./terminal.ts";
import { textReport } from "./text_report.ts";
import { UsageError } from "./usage_error.ts";

/** The flags of `genkitd serve`, as they were given. */
export interface ServeFlags extends LogFlags, MetricsFlags {
  port: string;
  host: string;
  offline?: boolean;
  record?: string;
  replay?: string;
  watch: boolean;
  drainDelay: string;
}

/** Adds description, flags and action of `genkitd serve`. */
export function define(command: Command): void {
  command
    .description(
      "Serves the Flows and FlowSets that stand in YAML or JSON files, and follows their changes.\n" +
        "Keys come from Secrets in the files, else from the environment.",
    )
    .argument(
      "<PATH...>",
      "a file, a folder, a glob in quotes, - for standard input, a Git repository, an OCI artifact",
    )
    .option("--port <number>", "the port to listen on; 0 takes any free one", "8080")
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--offline", "answer every model by echo: no key, no network")
    .option("--record <file>", "answer from the file, and add what it does not have yet")
    .option("--replay <file>", "answer from the file alone: no key, no network")
    .option("--no-watch", "do not follow changes of the files");
  addMetricsFlags(command, "off");
  addLogFlags(command, "text")
    .option("--drain-delay <duration>", "how long requests are accepted after SIGTERM", "0")
    .addHelpText(
      "after",
      `
Examples:
  genkitd serve examples/assistants.yaml --offline   try the example without a key
  genkitd serve flows/ --port 9000                   every .yaml, .yml and .json in the folder
  genkitd serve 'flows/**/*.yaml' shared.yaml        a glob and a file
  genkitd serve 'git+https://git.example/flows.git?ref=main&path=prod'   a Git repository
  genkitd serve oci://registry.example/team/flows:v1   an OCI artifact, see genkitd push
  kubectl get -o yaml -n demo gfl,gfs,gpr,gmd,gpc,gtl | genkitd serve -

A Git repository takes branch, tag, semver or commit in place of ref, and interval (1m).
It is read with GENKITD_GIT_TOKEN, or GENKITD_GIT_USERNAME and GENKITD_GIT_PASSWORD; certificates
of GENKITD_GIT_CA_FILE are trusted too.

An OCI artifact takes semver (in place of a tag), path, interval (1m) and insecure=true. It is read
with GENKITD_OCI_USERNAME and GENKITD_OCI_PASSWORD, else with what Docker's config.json has for
the host; certificates of GENKITD_OCI_CA_FILE are trusted too. With GENKITD_OCI_KEY_FILE, a public
key of cosign, it must be signed by that key.
${TRACES_HELP}`,
    )
    .action(async (paths: string[], flags: ServeFlags) => {
      const options = serveOptions(paths, flags);
      const { serve } = await import("../runner/serve.ts");
      await serve({ ...options, report: reportFor(options) });
    });
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is out of its range.
 */
export function serveOptions(paths: string[], flags: ServeFlags): Omit<ServeOptions, "report"> {
  return {
    paths,
    port: parsePort("--port", flags.port),
    host: flags.host,
    offline: flags.offline ?? false,
    ...recordingOf(flags),
    watch: flags.watch,
    ...parseLogFlags(flags),
    drainDelay: parseDuration("--drain-delay", flags.drainDelay),
    telemetry: parseMetricsFlags(flags, "off"),
  };
}

function recordingOf({ record, replay, offline }: ServeFlags): Pick<ServeOptions, "recording"> {
  const [flag, file] = replay === undefined ? ["--record", record] : ["--replay", replay];
  if (file === undefined) return {};
  if (record !== undefined && replay !== undefined) {
    throw new UsageError(flag, file, "given without --record");
  }
  if (offline) {
    throw new UsageError(flag, file, "given without --offline, which answers every model by echo");
  }
  return { recording: { file, mode: replay === undefined ? "record" : "replay" } };
}

function reportFor(options: Omit<ServeOptions, "report">) {
  const { paths, offline, logFormat: format, logLevel: level } = options;
  if (format === "json") return logReport(createLog({ format, level }));
  const paint = paintFor({
    terminal: Deno.stdout.isTerminal(),
    noColor: Deno.env.get("NO_COLOR"),
  });
  return textReport({ paths, offline, paint, write: (text) => terminal.stdout(`${text}\n`) });
}
