import { type MetricDefinition, prometheusName } from "./metric_definitions.ts";
import type { MetricReading, Series } from "./metrics.ts";

/** The content type of {@linkcode prometheusText}. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Writes metrics in Prometheus' text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). A metric without a series is left
 * out.
 */
export function prometheusText(readings: Iterable<MetricReading>): string {
  let text = "";
  for (const { definition, series } of readings) {
    const lines = [...series].map((one) => linesOf(definition, one)).join("");
    if (lines === "") continue;
    const name = prometheusName(definition);
    text += `# HELP ${name} ${definition.description}\n# TYPE ${name} ${
      typeOf(definition)
    }\n${lines}`;
  }
  return text;
}

function typeOf({ kind }: MetricDefinition): string {
  if (kind === "histogram") return "histogram";
  return kind === "counter" || kind === "total" ? "counter" : "gauge";
}

function linesOf(definition: MetricDefinition, series: Series): string {
  const name = prometheusName(definition);
  const labels = definition.attributes
    .map((attribute, index) => [attribute, series.values[index] ?? ""] as const)
    // An empty label is an absent one.
    .filter(([, value]) => value !== "")
    .map(([attribute, value]) => `${attribute.replaceAll(".", "_")}="${escaped(value)}"`);
  if (definition.kind !== "histogram") return `${name}${braced(labels)} ${series.sum}\n`;
  const bounds = [...definition.buckets ?? [], "+Inf"];
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += series.buckets[index] ?? 0;
    return `${name}_bucket${braced([...labels, `le="${bound}"`])} ${below}\n`;
  });
  return buckets.join("") +
    `${name}_sum${braced(labels)} ${series.sum}\n${name}_count${braced(labels)} ${series.count}\n`;
}

function braced(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
