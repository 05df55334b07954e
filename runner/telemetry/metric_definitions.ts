/** How a metric behaves: `updown` goes both ways; `gauge` and `total` are asked for when read. */
export type MetricKind = "counter" | "updown" | "histogram" | "gauge" | "total";

/** What there is to know of a metric. docs/telemetry.md is tested against these. */
export interface MetricDefinition {
  /** In OpenTelemetry's form; Prometheus' is made from it. */
  name: string;
  /** Prometheus' name, where there is an older one that everybody knows. */
  prometheus?: string;
  kind: MetricKind;
  /** UCUM: `s`, `By`, or in braces what is counted. */
  unit: string;
  description: string;
  /** In the order in which values are given. */
  attributes: readonly string[];
  /** The upper bounds of a histogram's buckets. */
  buckets?: readonly number[];
}

/** Of the GenAI conventions, for their metrics in seconds; the same serve for requests. */
const SECONDS = [
  0.01,
  0.02,
  0.04,
  0.08,
  0.16,
  0.32,
  0.64,
  1.28,
  2.56,
  5.12,
  10.24,
  20.48,
  40.96,
  81.92,
] as const;

/** Of the GenAI conventions, from 1 to 4^13. */
const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);

/** The attribute that names the flow, of every metric that is recorded. */
export const FLOW = "genkitd.flow";
const SERVER = ["server.address", "server.port"] as const;
const MODEL = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"] as const;

/**
 * The runner's metrics. Names that begin with `gen_ai` are those of OpenTelemetry's GenAI conventions
 * (open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md), with the flow added.
 */
export const METRICS = {
  requestDuration: {
    name: "genkitd.request.duration",
    kind: "histogram",
    unit: "s",
    description: "Requests and how long they took, a stream to its end; probes are not counted.",
    attributes: [FLOW, "http.response.status_code", "error.type"],
    buckets: SECONDS,
  },
  activeRequests: {
    name: "genkitd.active_requests",
    kind: "updown",
    unit: "{request}",
    description: "Requests of a flow that are being answered, or wait for their turn.",
    attributes: [FLOW],
  },
  running: {
    name: "genkitd.limit.running",
    kind: "gauge",
    unit: "{call}",
    description: "Calls that run under a flow's limit of concurrency.",
    attributes: [FLOW],
  },
  waiting: {
    name: "genkitd.limit.waiting",
    kind: "gauge",
    unit: "{call}",
    description: "Calls that wait in the queue of a flow's limit of concurrency.",
    attributes: [FLOW],
  },
  serving: {
    name: "genkitd.flow.serving",
    kind: "gauge",
    unit: "1",
    description: "1 where the flow can be called, 0 where it is loading or has failed.",
    attributes: [FLOW],
  },
  cacheRequests: {
    name: "genkitd.cache.requests",
    kind: "counter",
    unit: "{request}",
    description:
      "Requests of a flow that keeps answers: hit, miss, or bypass by the caller's word.",
    attributes: [FLOW, "genkitd.cache.result"],
  },
  scheduleRuns: {
    name: "genkitd.schedule.runs",
    kind: "counter",
    unit: "{run}",
    description:
      "Times of a flow's schedule: success, failure, interrupted, or skipped as one was going on.",
    attributes: [FLOW, "genkitd.schedule.outcome"],
  },
  scheduleNext: {
    name: "genkitd.schedule.next_run",
    kind: "gauge",
    unit: "s",
    description:
      "When the flow's schedule runs it next, in seconds since 1970; only of who will run it.",
    attributes: [FLOW],
  },
  operationDuration: {
    name: "gen_ai.client.operation.duration",
    kind: "histogram",
    unit: "s",
    description: "How long models took, turn by turn, from the request to the end of the answer.",
    attributes: [...MODEL, "error.type", ...SERVER, FLOW],
    buckets: SECONDS,
  },
  firstChunk: {
    name: "gen_ai.client.operation.time_to_first_chunk",
    kind: "histogram",
    unit: "s",
    description: "How long models took to the first chunk of a streamed answer.",
    attributes: [...MODEL, ...SERVER, FLOW],
    buckets: SECONDS,
  },
  tokens: {
    name: "gen_ai.client.token.usage",
    kind: "histogram",
    unit: "{token}",
    description: "Tokens of each turn of a model, as the provider counted them.",
    attributes: [...MODEL, "gen_ai.token.type", ...SERVER, FLOW],
    buckets: TOKENS,
  },
  estimatedTokens: {
    name: "genkitd.tokens.estimated",
    kind: "counter",
    unit: "{token}",
    description:
      "Tokens that a provider did not tell, as guessed from the text; not in gen_ai.client.token.usage.",
    attributes: [...MODEL, "gen_ai.token.type", FLOW],
  },
  cachedTokens: {
    name: "genkitd.tokens.cached",
    kind: "counter",
    unit: "{token}",
    description: "Input tokens that came from the provider's cache; they count as input as well.",
    attributes: [...MODEL, FLOW],
  },
  retries: {
    name: "genkitd.model.retries",
    kind: "counter",
    unit: "{try}",
    description: "Tries of a model after the first one of a turn.",
    attributes: [...MODEL, FLOW],
  },
  fallbacks: {
    name: "genkitd.model.fallbacks",
    kind: "counter",
    unit: "{turn}",
    description: "Turns in which a model was asked in place of one that is preferred.",
    attributes: [...MODEL, FLOW],
  },
  circuitOpen: {
    name: "genkitd.model.circuit_open",
    kind: "gauge",
    unit: "1",
    description: "1 where a flow does not ask a model, since it failed; 0 once it answers again.",
    attributes: [...MODEL, FLOW],
  },
  toolDuration: {
    name: "gen_ai.execute_tool.duration",
    kind: "histogram",
    unit: "s",
    description: "How long calls of tools took.",
    attributes: ["gen_ai.tool.name", "error.type", FLOW],
    buckets: SECONDS,
  },
  sandboxMemory: {
    name: "genkitd.sandbox.memory",
    kind: "gauge",
    unit: "By",
    description: "Resident memory of a sandbox, at most some seconds ago.",
    attributes: ["genkitd.sandbox"],
  },
  sandboxRestarts: {
    name: "genkitd.sandbox.restarts",
    kind: "total",
    unit: "{restart}",
    description: "How often a sandbox has died and was started again.",
    attributes: ["genkitd.sandbox"],
  },
  sandboxFlow: {
    name: "genkitd.sandbox.flow",
    kind: "gauge",
    unit: "1",
    description: "1 for each flow that a sandbox has loaded: says whose memory it is.",
    attributes: ["genkitd.sandbox", FLOW],
  },
  startTime: {
    name: "genkitd.process.start_time",
    prometheus: "process_start_time_seconds",
    kind: "gauge",
    unit: "s",
    description: "When the main process started, in seconds since 1970.",
    attributes: [],
  },
  cpuTime: {
    name: "process.cpu.time",
    prometheus: "process_cpu_seconds_total",
    kind: "total",
    unit: "s",
    description: "Processor time of the main process, without its sandboxes.",
    attributes: [],
  },
  memory: {
    name: "process.memory.usage",
    prometheus: "process_resident_memory_bytes",
    kind: "gauge",
    unit: "By",
    description: "Resident memory of the main process, without its sandboxes.",
    attributes: [],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The key of a metric. */
export type MetricKey = keyof typeof METRICS;

/** The metrics whose values are counted as they come. */
export type RecordedMetric = {
  [K in MetricKey]: (typeof METRICS)[K]["kind"] extends "gauge" | "total" ? never : K;
}[MetricKey];

/** The metrics that are asked for their values when they are read. */
export type ObservedMetric = Exclude<MetricKey, RecordedMetric>;

/** Says a metric's name in Prometheus: `_` for `.`, then the unit, and `_total` for what only grows. */
export function prometheusName({ name, prometheus, kind, unit }: MetricDefinition): string {
  if (prometheus !== undefined) return prometheus;
  const suffix = { s: "_seconds", By: "_bytes" }[unit] ?? "";
  const total = kind === "counter" || kind === "total" ? "_total" : "";
  return name.replaceAll(".", "_") + suffix + total;
}
