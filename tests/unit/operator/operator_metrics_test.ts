import assert from "assert";
import process from "node:process";
import { type MetricSources, OperatorMetrics } from "../../../operator/operator_metrics.ts";

function metricsOf(sources: Partial<MetricSources> = {}): OperatorMetrics {
  return new OperatorMetrics({
    queue: () => ({ depth: 0, age: 0 }),
    isLeader: () => false,
    objects: () => [],
    ...sources,
  });
}

/** The samples of one metric, as they are exposed. */
async function samples({ registry }: OperatorMetrics, name: string): Promise<string[]> {
  const lines = (await registry.metrics()).split("\n");
  return lines.filter((line) => line.startsWith(name));
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

Deno.test("reconciliations are counted by kind and result, with how long they took", async () => {
  const metrics = metricsOf();
  metrics.reconciled("Flow", "done", 0.25);
  metrics.reconciled("Flow", "done", 0.5);
  metrics.reconciled("Flow", "retry", 2);
  const lines = await samples(metrics, "genkitd_reconcile_duration_seconds");
  for (
    const line of [
      `_count{kind="Flow",result="done"} 2`,
      `_sum{kind="Flow",result="done"} 0.75`,
      `_bucket{le="0.1",kind="Flow",result="done"} 0`,
      `_bucket{le="0.5",kind="Flow",result="done"} 2`,
      `_count{kind="Flow",result="retry"} 1`,
    ]
  ) {
    assert.ok(lines.includes(`genkitd_reconcile_duration_seconds${line}`), line);
  }
});

Deno.test("requests are counted by verb, resource and code; no answer is code 0", async () => {
  const metrics = metricsOf();
  const request = { verb: "apply", resource: "services", code: 200, seconds: 0.1 };
  metrics.requested(request);
  metrics.requested(request);
  metrics.requested({ ...request, code: 0 });
  assert.deepEqual(await samples(metrics, "genkitd_api_requests_total"), [
    `genkitd_api_requests_total{verb="apply",resource="services",code="200"} 2`,
    `genkitd_api_requests_total{verb="apply",resource="services",code="0"} 1`,
  ]);
  assert.deepEqual(await samples(metrics, "genkitd_api_request_duration_seconds_count"), [
    `genkitd_api_request_duration_seconds_count{verb="apply"} 3`,
  ]);
});

Deno.test("writes, restarted watches and lost Events are counted", async () => {
  const metrics = metricsOf();
  metrics.wrote("apply", "Deployment");
  metrics.watchRestarted("Flow", "Expired");
  metrics.eventDropped();
  metrics.eventDropped();
  assert.deepEqual(await samples(metrics, "genkitd_writes_total"), [
    `genkitd_writes_total{action="apply",kind="Deployment"} 1`,
  ]);
  assert.deepEqual(await samples(metrics, "genkitd_watch_restarts_total"), [
    `genkitd_watch_restarts_total{kind="Flow",reason="Expired"} 1`,
  ]);
  assert.deepEqual(await samples(metrics, "genkitd_events_dropped_total"), [
    "genkitd_events_dropped_total 2",
  ]);
});

Deno.test("the queue and who leads are told as they are when they are read", async () => {
  const now = { depth: 3, age: 1.5, leads: false };
  const metrics = metricsOf({ queue: () => now, isLeader: () => now.leads });
  const read = async () =>
    (await Promise.all(
      ["genkitd_queue_depth", "genkitd_queue_oldest_seconds", "genkitd_leader"]
        .map((name) => samples(metrics, name)),
    )).flat().map((line) => line.split(" ")[1]);
  assert.deepEqual(await read(), ["3", "1.5", "0"]);
  Object.assign(now, { depth: 0, age: 0, leads: true });
  assert.deepEqual(await read(), ["0", "0", "1"]);
});

Deno.test("objects are told by kind and readiness, and no more when they are gone", async () => {
  let objects = [
    { kind: "Flow", ready: "True" },
    { kind: "Flow", ready: "True" },
    { kind: "Model", ready: "False" },
  ];
  const metrics = metricsOf({ objects: () => objects });
  const read = () => samples(metrics, "genkitd_objects");
  assert.deepEqual(await read(), [
    `genkitd_objects{kind="Flow",ready="True"} 2`,
    `genkitd_objects{kind="Model",ready="False"} 1`,
  ]);
  objects = [{ kind: "Flow", ready: "True" }];
  assert.deepEqual(await read(), [`genkitd_objects{kind="Flow",ready="True"} 1`]);
});

Deno.test("the process' memory, processor time and start are told in base units", async () => {
  const metrics = metricsOf();
  const value = async (name: string) => Number((await samples(metrics, name))[0]!.split(" ")[1]);
  assert.ok(await value("process_resident_memory_bytes") > 1e6);
  // Twice: it is read anew each time, not added up.
  for (let time = 0; time < 2; time++) {
    const before = cpuSeconds();
    const told = await value("process_cpu_seconds_total");
    assert.ok(before <= told && told <= cpuSeconds(), `${told}`);
  }
  assert.equal(await value("process_start_time_seconds"), performance.timeOrigin / 1000);
});

Deno.test("two operators in one process count apart", async () => {
  const [one, other] = [metricsOf(), metricsOf()];
  one.eventDropped();
  assert.deepEqual(await samples(one, "genkitd_events_dropped_total"), [
    "genkitd_events_dropped_total 1",
  ]);
  assert.deepEqual(await samples(other, "genkitd_events_dropped_total"), [
    "genkitd_events_dropped_total 0",
  ]);
});
