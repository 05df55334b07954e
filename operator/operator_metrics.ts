import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What the metrics ask for when they are read. */
export interface MetricSources {
  /** How many keys wait, and for how many seconds the first has. */
  queue(): { depth: number; age: number };
  isLeader(): boolean;
  /** Every object, by kind and the status of its Ready condition. */
  objects(): Iterable<{ kind: string; ready: string }>;
}

/** What the operator counts, in Prometheus' text format. docs/metrics.md lists it. */
export class OperatorMetrics {
  readonly registry = new Registry();
  readonly #reconciles = new Histogram({
    name: "genkitd_reconcile_duration_seconds",
    help: "How long reconciliations took, by kind and result (done, again, retry).",
    labelNames: ["kind", "result"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [this.registry],
  });
  readonly #syncs = new Histogram({
    name: "genkitd_source_sync_duration_seconds",
    help: "How long syncs of FlowSources took, by result (changed, unchanged, failed).",
    labelNames: ["result"],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60],
    registers: [this.registry],
  });
  readonly #writes = new Counter({
    name: "genkitd_writes_total",
    help: "Children, and objects of FlowSources, that were created, applied or deleted, by kind.",
    labelNames: ["action", "kind"],
    registers: [this.registry],
  });
  readonly #restarts = new Counter({
    name: "genkitd_watch_restarts_total",
    help: "Watches that were opened anew after a fault, by kind and reason.",
    labelNames: ["kind", "reason"],
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: "genkitd_api_requests_total",
    help: "Requests to the API server; code 0 is no answer.",
    labelNames: ["verb", "resource", "code"],
    registers: [this.registry],
  });
  readonly #requestSeconds = new Histogram({
    name: "genkitd_api_request_duration_seconds",
    help: "How long the API server took to answer.",
    labelNames: ["verb"],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    registers: [this.registry],
  });
  readonly #dropped = new Counter({
    name: "genkitd_events_dropped_total",
    help: "Events that could not be written.",
    registers: [this.registry],
  });

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    new Gauge({
      name: "genkitd_queue_depth",
      help: "Objects that wait to be reconciled.",
      registers,
      collect() {
        this.set(sources.queue().depth);
      },
    });
    new Gauge({
      name: "genkitd_queue_oldest_seconds",
      help: "How long the object that waits longest has waited.",
      registers,
      collect() {
        this.set(sources.queue().age);
      },
    });
    new Gauge({
      name: "genkitd_leader",
      help: "1 while this process leads.",
      registers,
      collect() {
        this.set(sources.isLeader() ? 1 : 0);
      },
    });
    new Gauge({
      name: "genkitd_objects",
      help: "Objects by kind and readiness (True, False, Unknown).",
      labelNames: ["kind", "ready"],
      registers,
      collect() {
        this.reset();
        for (const labels of sources.objects()) this.inc({ ...labels });
      },
    });
    new Gauge({
      name: "process_start_time_seconds",
      help: "When the process started, in seconds since 1970.",
      registers,
    }).set(performance.timeOrigin / 1000);
    new Counter({
      name: "process_cpu_seconds_total",
      help: "Processor time that the process used.",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "Memory of the process.",
      registers,
      collect() {
        this.set(Deno.memoryUsage().rss);
      },
    });
  }

  /** Counts a reconciliation. */
  reconciled(kind: string, result: string, seconds: number): void {
    this.#reconciles.observe({ kind, result }, seconds);
  }

  /** Counts a sync of a FlowSource. */
  synced(result: string, seconds: number): void {
    this.#syncs.observe({ result }, seconds);
  }

  /** Counts a write of a child, or of an object of a FlowSource. */
  wrote(action: string, kind: string): void {
    this.#writes.inc({ action, kind });
  }

  /** Counts a watch that was opened anew. */
  watchRestarted(kind: string, reason: string): void {
    this.#restarts.inc({ kind, reason });
  }

  /** Counts a request to the API server. */
  requested(
    { verb, resource, code, seconds }: {
      verb: string;
      resource: string;
      code: number;
      seconds: number;
    },
  ): void {
    this.#requests.inc({ verb, resource, code: String(code) });
    this.#requestSeconds.observe({ verb }, seconds);
  }

  /** Counts an Event that was lost. */
  eventDropped(): void {
    this.#dropped.inc();
  }
}
