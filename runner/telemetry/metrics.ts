import {
  FLOW,
  type MetricDefinition,
  type MetricKey,
  METRICS,
  type ObservedMetric,
  type RecordedMetric,
} from "./metric_definitions.ts";
import type { Attributes, Instrument, Meter } from "./open_telemetry.ts";

/** The values of a metric's attributes, in its order; an empty one is absent. */
export type AttributeValues = readonly string[];

/** What was counted of a metric under the same attributes. */
export interface Series {
  readonly values: AttributeValues;
  /** The same as OpenTelemetry takes them. */
  readonly attributes: Attributes;
  /** How many values there were, and their sum. */
  count: number;
  sum: number;
  /** Of a histogram: how many values each bucket has, the last one for what is beyond all bounds. */
  readonly buckets: number[];
}

/** A metric with all that was counted of it. */
export interface MetricReading {
  definition: MetricDefinition;
  series: Iterable<Series>;
}

/** Gives the values of a metric as they are now. */
export type Observe = () => Iterable<readonly [AttributeValues, number]>;

/** The most series of a metric: what a sandbox says names some of them, and is not trusted. */
const MAX_SERIES = 2_000;

/** The values of what is beyond {@linkcode MAX_SERIES}. */
const OTHER = "_other";

/**
 * Counts for both readers: Prometheus, which asks for it all, and OpenTelemetry, which is told as
 * values come. Written by hand, since prom-client alone needs 18 MB (docs/decisions/0011).
 */
export class Metrics {
  readonly #series = new Map<MetricKey, Map<string, Series>>();
  readonly #observed = new Map<ObservedMetric, Observe>();
  readonly #instruments = new Map<RecordedMetric, Instrument>();
  readonly #meter: Meter | undefined;

  constructor(meter?: Meter) {
    this.#meter = meter;
    for (const [key, definition] of Object.entries(METRICS) as [MetricKey, MetricDefinition][]) {
      if (definition.kind === "gauge" || definition.kind === "total") continue;
      this.#series.set(key, new Map());
      if (meter === undefined) continue;
      this.#instruments.set(key as RecordedMetric, createInstrument(meter, definition));
    }
  }

  /** Adds a value to a metric. Gives the values that it is counted under. */
  record(key: RecordedMetric, value: number, values: AttributeValues): AttributeValues {
    const { kind, buckets = [] }: MetricDefinition = METRICS[key];
    const series = this.#find(key, values);
    series.count++;
    series.sum += value;
    if (kind === "histogram") {
      const bucket = buckets.findIndex((bound) => value <= bound);
      series.buckets[bucket < 0 ? buckets.length : bucket]!++;
    }
    const instrument = this.#instruments.get(key);
    if (kind === "histogram") instrument?.record(value, series.attributes);
    else instrument?.add(value, series.attributes);
    return series.values;
  }

  /**
   * Forgets what was counted of all flows but these, and of those that still answer a request:
   * one that ends must meet what began it. OpenTelemetry's instruments cannot forget.
   */
  keepFlows(flows: Iterable<string>): void {
    const kept = new Set([...flows, "", OTHER]);
    for (const { values: [flow = ""], sum } of this.#series.get("activeRequests")!.values()) {
      if (sum !== 0) kept.add(flow);
    }
    for (const [key, all] of this.#series) {
      const names: readonly string[] = METRICS[key].attributes;
      const at = names.indexOf(FLOW);
      for (const [id, { values }] of all) if (!kept.has(values[at] ?? "")) all.delete(id);
    }
  }

  /** Has a metric asked for whenever it is read. */
  observe(key: ObservedMetric, observe: Observe): void {
    this.#observed.set(key, observe);
    if (this.#meter === undefined) return;
    const definition: MetricDefinition = METRICS[key];
    const { name, unit, description } = definition;
    const create = definition.kind === "gauge"
      ? this.#meter.createObservableGauge
      : this.#meter.createObservableCounter;
    create.call(this.#meter, name, { unit, description }).addCallback((result) => {
      for (const [values, value] of observe()) result.observe(value, attributesOf(key, values));
    });
  }

  /** Gives all metrics as they are now. */
  *read(): Iterable<MetricReading> {
    for (const key of Object.keys(METRICS) as MetricKey[]) {
      const observe = this.#observed.get(key as ObservedMetric);
      const series = observe
        ? [...observe()].map(([values, sum]) => ({ ...newSeries(key, values), count: 1, sum }))
        : this.#series.get(key)?.values() ?? [];
      yield { definition: METRICS[key], series };
    }
  }

  #find(key: RecordedMetric, values: AttributeValues): Series {
    const all = this.#series.get(key)!;
    const id = values.join("\0");
    const known = all.get(id);
    if (known !== undefined) return known;
    const other = values.map(() => OTHER);
    if (all.size >= MAX_SERIES && id !== other.join("\0")) return this.#find(key, other);
    const series = newSeries(key, values);
    all.set(id, series);
    return series;
  }
}

function newSeries(key: MetricKey, values: AttributeValues): Series {
  const { buckets }: MetricDefinition = METRICS[key];
  return {
    values,
    attributes: attributesOf(key, values),
    count: 0,
    sum: 0,
    buckets: buckets === undefined ? [] : Array(buckets.length + 1).fill(0),
  };
}

/** The attributes that are numbers. */
const WHOLE = new Set(["http.response.status_code", "server.port"]);

function attributesOf(key: MetricKey, values: AttributeValues): Attributes {
  const names: readonly string[] = METRICS[key].attributes;
  const given = names.map((name, index) => [name, values[index] ?? ""] as const)
    .filter(([, value]) => value !== "")
    .map(([name, value]) =>
      WHOLE.has(name) && value !== OTHER ? [name, BigInt(value)] as const : [name, value] as const
    );
  return Object.fromEntries(given);
}

function createInstrument(meter: Meter, definition: MetricDefinition): Instrument {
  const { name, kind, unit, description, buckets } = definition;
  if (kind === "counter") return meter.createCounter(name, { unit, description });
  if (kind === "updown") return meter.createUpDownCounter(name, { unit, description });
  return meter.createHistogram(name, {
    unit,
    description,
    ...buckets && { advice: { explicitBucketBoundaries: [...buckets] } },
  });
}
