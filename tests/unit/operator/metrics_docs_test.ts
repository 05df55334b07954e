import assert from "assert";
import { OperatorMetrics } from "../../../operator/operator_metrics.ts";

const DOCS = new URL("../../../docs/metrics.md", import.meta.url);

/** What prom-client knows of a metric; its types leave the labels out. */
interface Described {
  name: string;
  type: string;
  help: string;
  labelNames: string[];
}

const { registry } = new OperatorMetrics({
  queue: () => ({ depth: 0, age: 0 }),
  isLeader: () => false,
  objects: () => [],
});
const metrics = registry.getMetricsAsArray() as unknown as Described[];

Deno.test("docs/metrics.md lists every metric that the operator exposes, and no other", async () => {
  const text = await Deno.readTextFile(DOCS);
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  assert.deepEqual(
    rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())),
    metrics.map(({ name, type, labelNames, help }) => [
      `\`${name}\``,
      type,
      labelNames.join(", "),
      help,
    ]),
  );
});

Deno.test("metrics have Prometheus' names: a prefix, base units, _total for counters alone", () => {
  for (const { name, type } of metrics) {
    assert.match(name, /^(genkitd|process)(_[a-z]+)+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_(ms|millis|milliseconds|minutes|kb|mb)(_|$)/);
  }
});
