import assert from "assert";
import {
  type MetricDefinition,
  METRICS,
  prometheusName,
} from "../../../../runner/telemetry/metric_definitions.ts";

const DOCS = new URL("../../../../docs/telemetry.md", import.meta.url);

/** What Prometheus calls the kinds that it has another word for. */
const TYPES: Record<string, string> = { updown: "gauge", total: "counter" };

Deno.test("docs/telemetry.md lists every metric that a runner exposes, and no other", async () => {
  const text = await Deno.readTextFile(DOCS);
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  const metrics: MetricDefinition[] = Object.values(METRICS);
  assert.deepEqual(
    rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())),
    metrics.map((metric) => [
      `\`${prometheusName(metric)}\``,
      `\`${metric.name}\``,
      TYPES[metric.kind] ?? metric.kind,
      metric.attributes.join(", "),
      metric.description,
    ]),
  );
});
