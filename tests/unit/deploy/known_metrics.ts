import { OperatorMetrics } from "../../../operator/operator_metrics.ts";
import {
  type MetricDefinition,
  METRICS,
  prometheusName,
} from "../../../runner/telemetry/metric_definitions.ts";

/** What prom-client knows of a metric; its types leave the labels out. */
interface Described {
  name: string;
  type: string;
  labelNames: string[];
}

/** The labels that Prometheus adds from what it scrapes. */
const TARGET = ["namespace", "pod"];

/** Gives the labels of each series that the operator or a runner has, those of its target included. */
export function knownSeries(): Map<string, readonly string[]> {
  const { registry } = new OperatorMetrics({
    queue: () => ({ depth: 0, age: 0 }),
    isLeader: () => false,
    objects: () => [],
  });
  const ofOperator = registry.getMetricsAsArray() as unknown as Described[];
  const ofRunner: MetricDefinition[] = Object.values(METRICS);
  return new Map([
    ...ofOperator.flatMap(({ name, type, labelNames }) => series(name, type, labelNames)),
    ...ofRunner.flatMap((metric) => {
      const labels = metric.attributes.map((attribute) => attribute.replaceAll(".", "_"));
      return series(prometheusName(metric), metric.kind, labels);
    }),
  ]);
}

/**
 * Says what a PromQL expression asks for that nobody has: series, and labels that it selects or groups
 * by.
 */
export function unknownIn(expr: string, known = knownSeries()): string[] {
  const asked = [...expr.matchAll(/\b((?:genkitd|gen_ai|process)_\w+)(?:\{([^}]*)\})?(?!\w*=)/g)]
    .filter(([, name]) => !isLabel(name!, known));
  if (asked.length === 0) return [`no series in "${expr}"`];
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/));
  return asked.flatMap(([, name = "", selector = ""]) => {
    const labels = known.get(name);
    if (labels === undefined) return [name];
    const selected = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) =>
      label!
    );
    return [...selected, ...grouped].filter((label) => !labels.includes(label))
      .map((label) => `${label} of ${name}`);
  });
}

function series(name: string, type: string, labels: readonly string[]): [string, string[]][] {
  const all = [...labels, ...TARGET];
  if (type !== "histogram") return [[name, all]];
  return [
    [`${name}_bucket`, [...all, "le"]],
    [`${name}_sum`, all],
    [`${name}_count`, all],
  ];
}

function isLabel(name: string, known: Map<string, readonly string[]>): boolean {
  return !known.has(name) && [...known.values()].some((labels) => labels.includes(name));
}
