import type { Command } from "commander";
import { parsePort } from "./parse_port.ts";
import type { TelemetryOptions } from "../runner/telemetry/telemetry_options.ts";

/** The flags for what a server tells of itself, as they were given. */
export interface MetricsFlags {
  metricsPort?: string;
  recordContent: boolean;
}

/** The port that OpenTelemetry's exporters for Prometheus use. */
export const METRICS_PORT = 9464;

/** Adds `--metrics-port` and `--record-content`; `usual` is what holds without the first. */
export function addMetricsFlags(command: Command, usual: number | "off"): Command {
  return command
    .option(
      "--metrics-port <number>",
      `the port of /metrics, on the same address, or off (default: ${usual})`,
    )
    .option("--record-content", "traces hold what models and tools are asked and answer", false);
}

/** The end of a command's help, on traces. */
export const TRACES_HELP = `
Traces and metrics go to an OpenTelemetry collector by Deno's own variables, such as
OTEL_DENO=true OTEL_SERVICE_NAME=… OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318`;

/**
 * Reads the flags. The usual port need not be free, since nobody asked for it.
 *
 * @throws {UsageError} where a value is out of its range.
 */
export function parseMetricsFlags(
  { metricsPort, recordContent }: MetricsFlags,
  usual: number | "off",
): TelemetryOptions {
  const asked = metricsPort ?? usual;
  if (asked === "off") return { recordContent };
  const port = typeof asked === "number" ? asked : parsePort("--metrics-port", asked);
  return { recordContent, metrics: { port, optional: metricsPort === undefined } };
}
