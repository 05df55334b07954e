import assert from "assert";
import type { ModelStep } from "../../../../runner/host/step.ts";
import { RunnerTelemetry } from "../../../../runner/telemetry/runner_telemetry.ts";
import { ManualClock } from "../../manual_clock.ts";

const turn: ModelStep = {
  kind: "model",
  provider: "googleai",
  model: "gemini-2.5-flash",
  start: 0,
  ms: 250,
  firstChunkMs: 100,
  usage: { inputTokens: 7, outputTokens: 3, cachedContentTokens: 5 },
  estimated: { inputTokens: 1, outputTokens: 1 },
  attempt: 2,
  circuit: "open",
};

/** A telemetry whose flows are `flows` at any moment. */
function setUp() {
  const telemetry = new RunnerTelemetry({ clock: new ManualClock() });
  const flows: string[] = [];
  telemetry.watch({
    routes: () => ({
      routes: new Map(),
      flows: flows.map((name) => ({ name, state: "serving" })),
    }),
    guard: () => undefined,
  });
  const begin = (flow: string) => {
    const request = telemetry.begin({ method: "POST", headers: new Headers(), requestId: "id" });
    request.routed(flow, "greeting");
    request.cached("miss");
    request.step(turn);
    request.step({ ...turn, attempt: 1, fallback: true });
    request.step({ kind: "tool", tool: "look", start: 0, ms: 10 });
    return request;
  };
  const call = (flow: string) => begin(flow).end({ status: 200 });
  /** The metrics that have a series of a flow. */
  const told = (flow: string) => {
    const lines = telemetry.prometheus().split("\n")
      .filter((line) => line.includes(`genkitd_flow="${flow}"`));
    return new Set(lines.map((line) => line.slice(0, line.indexOf("{"))));
  };
  return { telemetry, flows, begin, call, told };
}

Deno.test("metrics tell nothing of a flow that is gone, and go on with the others", () => {
  const { telemetry, flows, call, told } = setUp();
  flows.push("old", "other");
  for (const flow of flows) {
    call(flow);
    telemetry.scheduled(flow, "success");
  }
  const before = told("other");
  assert.ok(before.size > 15);
  assert.deepEqual(told("old"), before);
  flows.shift();
  assert.deepEqual(told("old"), new Set());
  assert.deepEqual(told("other"), before);
});

Deno.test("requests that lead to no flow are counted on while flows come and go", () => {
  const { telemetry, flows, call } = setUp();
  flows.push("old");
  call("old");
  telemetry.begin({ method: "POST", headers: new Headers(), requestId: "id" }).end({ status: 404 });
  flows.pop();
  const count = "genkitd_request_duration_seconds_count";
  assert.deepEqual(
    telemetry.prometheus().split("\n").filter((line) => line.startsWith(count)),
    [`${count}{http_response_status_code="404"} 1`],
  );
});

Deno.test("a flow that is gone is told of until its last request has ended", () => {
  const { flows, begin, told, telemetry } = setUp();
  flows.push("old");
  const requests = [begin("old"), begin("old")];
  flows.pop();
  for (const request of requests) {
    assert.ok(told("old").has("genkitd_active_requests"));
    assert.ok(told("old").has("gen_ai_client_token_usage_count"));
    request.end({ status: 200 });
  }
  assert.deepEqual(told("old"), new Set());
  // What its sandbox says of it later on does not stay.
  requests[0]!.step(turn);
  assert.deepEqual(told("old"), new Set());
  assert.doesNotMatch(telemetry.prometheus(), /-1/);
});

Deno.test("a flow that comes back is counted from nothing, though nobody read the metrics", () => {
  const { telemetry, flows, call, told } = setUp();
  flows.push("old");
  call("old");
  flows.pop();
  telemetry.forgetGone();
  flows.push("old");
  assert.deepEqual([...told("old")].sort(), [
    "genkitd_flow_serving",
    "genkitd_limit_running",
    "genkitd_limit_waiting",
  ]);
});

Deno.test("requests beyond the most series end where they began, with room or without", () => {
  const { telemetry, flows, begin } = setUp();
  flows.push(...Array.from({ length: 2_001 }, (_, i) => `flow-${i}`));
  const requests = flows.map((flow) => begin(flow));
  const active = () =>
    telemetry.prometheus().split("\n").filter((line) => /^genkitd_active_requests{/.test(line));
  assert.ok(active().includes('genkitd_active_requests{genkitd_flow="_other"} 1'));
  flows.length = 0;
  for (const request of requests) {
    request.end({ status: 200 });
    telemetry.forgetGone();
  }
  assert.deepEqual(active(), ['genkitd_active_requests{genkitd_flow="_other"} 0']);
});
