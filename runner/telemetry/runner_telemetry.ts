import process from "node:process";
import type { Clock } from "../../shared/clock.ts";
import type { FlowGuard } from "../guard/flow_guard.ts";
import type { RouteTable } from "../host/flow_handle.ts";
import type { SandboxState } from "../host/sandbox_state.ts";
import type { Step } from "../host/step.ts";
import { CircuitStates } from "./circuit_states.ts";
import { type AttributeValues, Metrics } from "./metrics.ts";
import { type OpenTelemetry, SCOPE } from "./open_telemetry.ts";
import { prometheusText } from "./prometheus_text.ts";
import { providerName } from "./provider_name.ts";
import type { ObservedRequest, RequestObservation, RequestObserver } from "./request_observer.ts";
import { RequestSpan } from "./request_span.ts";
import { CHAT } from "./step_attributes.ts";
import { readTraceContext } from "./trace_context.ts";

/** Options of {@linkcode RunnerTelemetry}. */
export interface RunnerTelemetryOptions {
  clock: Clock;
  /** Where spans and metrics go besides /metrics; nowhere where it is absent. */
  openTelemetry?: OpenTelemetry | undefined;
  /** Whether spans hold what models and tools were asked and answered. */
  recordContent?: boolean;
}

/** What the gauges are asked of. */
export interface TelemetrySources {
  routes(): RouteTable;
  guard(flow: string): Pick<FlowGuard, "load"> | undefined;
  /** When flows are run next by their schedules; absent where there are none. */
  nextRuns?(): Iterable<readonly [flow: string, next: Date]>;
}

/** A sandbox, as far as telemetry looks at it. */
interface WatchedSandbox {
  readonly state: SandboxState;
}

/** Counts and traces what a runner does. docs/telemetry.md says what comes of it. */
export class RunnerTelemetry implements RequestObserver {
  readonly #clock: Clock;
  readonly #openTelemetry: OpenTelemetry;
  readonly #recordContent: boolean;
  readonly #metrics: Metrics;
  readonly #circuits = new CircuitStates();
  readonly #sandboxes = new Map<string, WatchedSandbox>();
  #lastSandbox = 0;
  /** The flows that there are; undefined until somebody says so. */
  #flows: (() => string[]) | undefined;

  constructor({ clock, openTelemetry = {}, recordContent = false }: RunnerTelemetryOptions) {
    this.#clock = clock;
    this.#openTelemetry = openTelemetry;
    this.#recordContent = recordContent && openTelemetry.trace !== undefined;
    this.#metrics = new Metrics(openTelemetry.metrics?.getMeter(SCOPE));
  }

  /** Begins to look at what is asked for its values; once. */
  watch({ routes, guard, nextRuns = () => [] }: TelemetrySources): void {
    const flows = () => routes().flows;
    const loads = () => flows().map(({ name }) => [name, guard(name)?.load] as const);
    this.#flows = () => flows().map(({ name }) => name);
    const metrics = this.#metrics;
    metrics.observe(
      "serving",
      () => flows().map(({ name, state }) => [[name], state === "serving" ? 1 : 0]),
    );
    metrics.observe("running", () => loads().map(([name, load]) => [[name], load?.inside ?? 0]));
    metrics.observe("waiting", () => loads().map(([name, load]) => [[name], load?.waiting ?? 0]));
    metrics.observe(
      "scheduleNext",
      () => [...nextRuns()].map(([flow, next]) => [[flow], next.getTime() / 1000]),
    );
    metrics.observe(
      "sandboxMemory",
      // A sandbox says it with its first heartbeat; until then there is nothing to tell.
      () =>
        this.#states().filter(([, { residentBytes }]) => residentBytes > 0)
          .map(([id, { residentBytes }]) => [[id], residentBytes]),
    );
    metrics.observe(
      "sandboxRestarts",
      () => this.#states().map(([id, { restarts }]) => [[id], restarts]),
    );
    metrics.observe(
      "sandboxFlow",
      () =>
        this.#states().flatMap(([id, state]) =>
          state.flows.map((flow) => [[id, flow], 1] as const)
        ),
    );
    metrics.observe("circuitOpen", () => {
      this.forgetGone();
      return this.#circuits.states();
    });
    metrics.observe("startTime", () => [[[], performance.timeOrigin / 1000]]);
    metrics.observe("cpuTime", () => [[[], cpuSeconds()]]);
    metrics.observe("memory", () => [[[], Deno.memoryUsage().rss]]);
  }

  /** Looks after a sandbox until it is closed. */
  watchSandbox(sandbox: WatchedSandbox): void {
    // Nobody may ever read the metrics.
    this.#forgetClosed();
    this.#sandboxes.set(String(++this.#lastSandbox), sandbox);
  }

  /** Counts a time of a flow's schedule. */
  scheduled(flow: string, outcome: string): void {
    this.#metrics.record("scheduleRuns", 1, [flow, outcome]);
  }

  /**
   * Forgets what was counted of flows that are gone; to be called after the flows have changed, as
   * nobody may ever read the metrics.
   */
  forgetGone(): void {
    const flows = this.#flows?.();
    if (flows === undefined) return;
    this.#metrics.keepFlows(flows);
    this.#circuits.keepFlows(flows);
  }

  /** Gives all metrics in Prometheus' text format. */
  prometheus(): string {
    this.forgetGone();
    return prometheusText(this.#metrics.read());
  }

  /** Begins to look at a request. */
  begin(request: ObservedRequest): RequestObservation {
    const started = this.#clock.now();
    const remote = readTraceContext(request.headers);
    const span = RequestSpan.begin(request, remote, this.#openTelemetry);
    const metrics = this.#metrics;
    let flow = "";
    let active: AttributeValues = [];
    return {
      // Where nothing is traced here, a caller's trace goes on to the next as it is.
      trace: span?.trace ?? remote,
      traced: span?.isRecording === true,
      recordContent: this.#recordContent,
      routed: (name, prompt) => {
        flow = name;
        active = metrics.record("activeRequests", 1, [flow]);
        span?.routed(name, prompt);
      },
      step: (step, doneBy = flow) => {
        this.#count(step, doneBy);
        span?.step(step, doneBy);
      },
      cached: (result) => {
        metrics.record("cacheRequests", 1, [flow, result]);
        span?.cached(result);
      },
      end: (outcome) => {
        const { status, error = "" } = outcome;
        if (flow !== "") metrics.record("activeRequests", -1, active);
        const seconds = (this.#clock.now() - started) / 1000;
        metrics.record("requestDuration", seconds, [flow, String(status), error]);
        span?.end(outcome);
      },
    };
  }

  #count(step: Step, flow: string): void {
    const metrics = this.#metrics;
    const { error = "" } = step;
    if (step.kind === "tool") {
      metrics.record("toolDuration", step.ms / 1000, [step.tool, error, flow]);
      return;
    }
    const { usage: { inputTokens, outputTokens, cachedContentTokens }, firstChunkMs } = step;
    const model = [CHAT, providerName(step.provider), step.model];
    const { attempt = 1, fallback = false } = step;
    if (attempt > 1) metrics.record("retries", 1, [...model, flow]);
    if (fallback && attempt === 1) metrics.record("fallbacks", 1, [...model, flow]);
    this.#circuits.note(flow, model, step.circuit);
    const { address = "", port = "" } = step.server ?? {};
    const server = [address, String(port)];
    metrics.record("operationDuration", step.ms / 1000, [...model, error, ...server, flow]);
    if (firstChunkMs !== undefined) {
      metrics.record("firstChunk", firstChunkMs / 1000, [...model, ...server, flow]);
    }
    if (inputTokens !== undefined) {
      metrics.record("tokens", inputTokens, [...model, "input", ...server, flow]);
    }
    if (outputTokens !== undefined) {
      metrics.record("tokens", outputTokens, [...model, "output", ...server, flow]);
    }
    const { estimated: { inputTokens: sent, outputTokens: received } = {} } = step;
    if (sent) metrics.record("estimatedTokens", sent, [...model, "input", flow]);
    if (received) metrics.record("estimatedTokens", received, [...model, "output", flow]);
    if (cachedContentTokens) metrics.record("cachedTokens", cachedContentTokens, [...model, flow]);
  }

  #states(): [string, SandboxState][] {
    this.#forgetClosed();
    return [...this.#sandboxes].map(([id, { state }]) => [id, state]);
  }

  #forgetClosed(): void {
    for (const [id, { state }] of this.#sandboxes) if (state.closed) this.#sandboxes.delete(id);
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
