import assert from "assert";
import {
  type MetricDefinition,
  METRICS,
  prometheusName,
} from "../../../../runner/telemetry/metric_definitions.ts";
import { stepAttributes } from "../../../../runner/telemetry/step_attributes.ts";

const DOCS = new URL("../../../../docs/telemetry.md", import.meta.url);

/** What Prometheus calls the kinds that it has another word for. */
const TYPES: Record<string, string> = { updown: "gauge", total: "counter" };

/** The cells of a section's table. */
async function rowsOf(heading: string): Promise<string[][]> {
  const text = await Deno.readTextFile(DOCS);
  const section = text.split(/^(?=## )/m).find((section) => section.startsWith(`${heading}\n`))!;
  return section.split("\n").filter((line) => line.startsWith("| `"))
    .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("docs/telemetry.md lists every metric that a runner exposes, and no other", async () => {
  const rows = await rowsOf("## Metrics");
  const metrics: MetricDefinition[] = Object.values(METRICS);
  assert.deepEqual(
    rows,
    metrics.map((metric) => [
      `\`${prometheusName(metric)}\``,
      `\`${metric.name}\``,
      TYPES[metric.kind] ?? metric.kind,
      metric.attributes.join(", "),
      metric.description,
    ]),
  );
});

Deno.test("docs/telemetry.md lists every attribute of a model's turn, and no other", async () => {
  const tokens = { inputTokens: 1, outputTokens: 1, cachedContentTokens: 1 };
  const attributes = stepAttributes({
    kind: "model",
    provider: "openai",
    model: "m",
    start: 0,
    ms: 1,
    firstChunkMs: 1,
    usage: tokens,
    estimated: tokens,
    attempt: 2,
    fallback: true,
    finishReason: "stop",
    server: { address: "a", port: 1 },
    request: {
      ...{ temperature: 0, topP: 0, topK: 0, maxTokens: 0, seed: 0 },
      ...{ frequencyPenalty: 0, presencePenalty: 0, stopSequences: ["s"] },
    },
    responseId: "r",
    responseModel: "m",
    error: "INTERNAL",
    input: "[]",
    output: "[]",
  });
  const listed = (await rowsOf("## Traces")).flatMap(([names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  );
  assert.deepEqual(listed.sort(), [...Object.keys(attributes), "genkitd.flow"].sort());
});
