import { type Command, CommanderError } from "commander";
import type { ServeConfig } from "../runner/config/serve_config.ts";
import type { ServeOptions } from "../runner/serve.ts";
import { sourceNames } from "../runner/config/source_names.ts";
import { createLog } from "../shared/log.ts";
import { addCommandFacts, SERVER_EXIT_CODES, TELEMETRY_ENVIRONMENT } from "./command_facts.ts";
import { type LogFlags, logOptions, parseLogFlags } from "./log_flags.ts";
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
import { addResourcesFlag } from "./resources_flag.ts";
import { terminal } from "./terminal.ts";
import { textReport } from "./text_report.ts";
import { UsageError } from "./usage_error.ts";

/** The flags of `genkitd serve`, as they were given. */
export interface ServeFlags extends LogFlags, MetricsFlags {
  config?: string;
  port: string;
  host: string;
  offline?: boolean;
  record?: string;
  replay?: string;
  watch: boolean;
  resources: string[];
  page: boolean;
  drainDelay: string;
}

/** Adds description, flags and action of `genkitd serve`. */
export function define(command: Command): void {
  addResourcesFlag(command)
    .description(
      "Serves the Flows and FlowSets that stand in YAML or JSON files, and follows their changes.\n" +
        "Keys come from Secrets in the files, else from the environment.",
    )
    .argument(
      "[PATH...]",
      "a file, a folder, a glob in quotes, - for standard input, a Git repository, an OCI artifact",
    )
    .option("--config <file>", "sources, cache and all else in one file (docs/configuration.md)")
    .option("--port <number>", "the port to listen on; 0 takes any free one", "8080")
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--offline", "answer every model by echo: no key, no network")
    .option("--record <file>", "answer from the file, and add what it does not have yet")
    .option("--replay <file>", "answer from the file alone: no key, no network")
    .option("--no-watch", "do not follow changes of the files")
    .option("--no-page", "no page with the flows at GET /");
  addMetricsFlags(command, "off");
  for (const option of logOptions("text")) command.addOption(option);
  command
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
  genkitd serve --config genkitd.yaml                sources, cache and more in one file
  kubectl get -o yaml -n demo gfl,gfs,gpr,gmd,gpc,gtl | genkitd serve -

A Git repository takes branch, tag, semver or commit in place of ref, and interval (1m). An OCI
artifact takes semver (in place of a tag), path, interval (1m) and insecure=true.
${TRACES_HELP}`,
    )
    .action(async (paths: string[], flags: ServeFlags) => {
      const environment = Deno.env.toObject();
      const path = flags.config ?? (environment.GENKITD_CONFIG || undefined);
      const { readServeConfig } = await import("./read_serve_config.ts");
      const { config, warnings } = await readServeConfig(path, environment);
      const given = givenFlags(command);
      const options = serveOptions(paths, { ...configFlags(config, flags), ...given }, config);
      const { serve } = await import("../runner/serve.ts");
      const report = reportFor(options);
      for (const warning of warnings) report.note(`warning: ${warning}`);
      await serve({ ...options, report });
    });
  addCommandFacts(command, {
    environment: {
      GENKITD_CONFIG: "the configuration file, where --config is not given",
      "GENKITD_LISTEN_PORT, …": "one for each field (docs/configuration.md)",
      "GEMINI_API_KEY, …": "credentials that no Secret of the files has (docs/providers.md)",
      GENKITD_APPROVAL_KEY: "the key of approval tokens (docs/tools.md)",
      GENKITD_GIT_TOKEN: "reads the Git repository; or the next two",
      GENKITD_GIT_USERNAME: "the user's name for it",
      GENKITD_GIT_PASSWORD: "the user's password for it",
      GENKITD_GIT_CA_FILE: "certificates in PEM that are trusted too",
      GENKITD_OCI_USERNAME: "reads the artifact; else Docker's config.json does",
      GENKITD_OCI_PASSWORD: "the user's password for it",
      GENKITD_OCI_CA_FILE: "certificates in PEM that are trusted too",
      GENKITD_OCI_KEY_FILE: "a public key of cosign, by which it must be signed",
      DOCKER_CONFIG: "the folder of Docker's config.json; else ~/.docker",
      HOSTNAME: "this node's name among those that share a cache",
      "AWS_…, GCE_METADATA_HOST": "the cloud's identity of the machine (docs/providers.md)",
      "HTTPS_PROXY, NO_PROXY": "the way to Git repositories and registries",
      NO_COLOR: "no colours, where it is not empty",
      ...TELEMETRY_ENVIRONMENT,
    },
    exitCodes: SERVER_EXIT_CODES,
  });
}

/** What stands on the command line, without the defaults. */
function givenFlags(command: Command): Partial<ServeFlags> {
  const given = Object.entries(command.opts())
    .filter(([name]) => command.getOptionValueSource(name) === "cli");
  return Object.fromEntries(given);
}

/** Puts a configuration as flags. */
function configFlags(config: ServeConfig, flags: ServeFlags): ServeFlags {
  const { listen, telemetry, log, offline, watch, page, drainDelay } = config;
  return {
    ...flags,
    port: String(listen.port),
    host: listen.host,
    offline,
    watch,
    page,
    drainDelay,
    logFormat: log.format,
    logLevel: log.level,
    recordContent: telemetry.recordContent,
    ...telemetry.metricsPort !== "off" && { metricsPort: String(telemetry.metricsPort) },
  };
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} where a value is out of its range.
 * @throws {CommanderError} where there is nothing to serve.
 */
export function serveOptions(
  paths: string[],
  flags: ServeFlags,
  { sources, cache }: Partial<Pick<ServeConfig, "sources" | "cache">> = {},
): Omit<ServeOptions, "report"> {
  const empty = sources === undefined ? flags.config === undefined : sources.length === 0;
  if (paths.length === 0 && empty) {
    const message = 'missing argument "PATH", or --config with sources';
    throw new CommanderError(2, "genkitd.nothingToServe", message);
  }
  return {
    paths,
    ...sources && { sources },
    ...cache && { cache },
    port: parsePort("--port", flags.port),
    host: flags.host,
    offline: flags.offline ?? false,
    ...recordingOf(flags),
    watch: flags.watch,
    resources: flags.resources,
    page: flags.page,
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
  const { offline, logFormat: format, logLevel: level, sources = [] } = options;
  const paths = [...options.paths, ...sourceNames(sources).names];
  if (format === "json") return logReport(createLog({ format, level }));
  const paint = paintFor({
    terminal: Deno.stdout.isTerminal(),
    noColor: Deno.env.get("NO_COLOR"),
  });
  return textReport({ paths, offline, paint, write: (text) => terminal.stdout(`${text}\n`) });
}
