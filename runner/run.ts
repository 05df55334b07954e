import { readDirectory } from "../shared/contract/read_directory.ts";
import { readTree } from "../shared/contract/read_tree.ts";
import { systemClock } from "../shared/clock.ts";
import { createLog, type LogLevel } from "../shared/log.ts";
import { processIdentities } from "./identity/process_identities.ts";
import { mountedApiKeys } from "./guard/mounted_api_keys.ts";
import { processEnvironment } from "./credential_environment.ts";
import { mountedCredentials } from "./mounted_credentials.ts";
import { startFlowService } from "./flow_service.ts";
import { planFlows } from "./host/plan_flows.ts";
import type { TelemetryOptions } from "./telemetry/telemetry_options.ts";

/** Options of {@linkcode run}. */
export interface RunnerOptions {
  /** The folder with the /genkit tree. */
  root: string;
  /** 0 takes any free port. */
  port: number;
  host: string;
  logFormat: "text" | "json";
  logLevel: LogLevel;
  /** Milliseconds for which requests are still accepted after SIGTERM. */
  drainDelay: number;
  /** Milliseconds that requests in flight get to finish after that. */
  grace: number;
  telemetry: TelemetryOptions;
  /** Whether `GET /` is a page that shows the flows. */
  page: boolean;
}

/**
 * Serves the flows of a /genkit tree until the process is told to stop.
 *
 * The tree is read once, as its content never changes under a pod; credentials are read again when
 * their files change, so that a rotated key needs no restart.
 *
 * @throws {Error} where it cannot start, in words for a person.
 */
export async function run(options: RunnerOptions): Promise<void> {
  const log = createLog({ format: options.logFormat, level: options.logLevel });
  const bundle = readTree(await readDirectory(options.root), options.root);
  const credentials = mountedCredentials({
    root: options.root,
    layout: bundle.layout,
    environment: processEnvironment,
  });
  const identities = processIdentities(log);
  const plans = () =>
    planFlows(bundle, {
      credentials: (flow, provider, fallback) => {
        const { config } = flow;
        const { credentialsDir } = fallback === undefined
          ? config
          : config.fallbacks?.[fallback] ?? {};
        const own = fallback === undefined
          ? credentials.of(flow)
          : credentials.ofFallback(credentialsDir);
        return credentialsDir ? own : identities.source(provider, own);
      },
      toolHeaders: (_, { implementation: { http, mcp } }) =>
        credentials.headers((http ?? mcp)?.headersDir ?? ""),
      apiKeys: ({ config: { auth } }) =>
        mountedApiKeys(auth?.apiKeys ? credentials.below(auth.apiKeys.dir) : "", systemClock),
    });
  const service = await startFlowService({
    ...options,
    log,
    beforeCall: async () => {
      if (await credentials.changed()) await service.apply(plans());
    },
  });
  const first = plans();
  const { failed, warnings } = await service.apply(await identities.settled() ? plans() : first);
  identities.onChange(() => service.apply(plans()));
  for (const { name, reason } of failed) log.error("flow failed", { flow: name, reason });
  for (const { name, message } of warnings) log.warn(message, { flow: name });
  log.info("ready", {
    url: service.url,
    ...service.metricsUrl !== undefined && { metrics: service.metricsUrl },
    flows: service.host.table.flows.map(({ name, state }) => `${name} ${state}`),
  });
  await service.ended;
  identities.close();
}
