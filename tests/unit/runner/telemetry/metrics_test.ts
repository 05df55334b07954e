import assert from "assert";
import { Metrics } from "../../../../runner/telemetry/metrics.ts";
import { prometheusText } from "../../../../runner/telemetry/prometheus_text.ts";
import { fakeOpenTelemetry } from "./fake_open_telemetry.ts";

/** The lines of a metric in Prometheus' format, without those of its family. */
function lines(metrics: Metrics, name: string): string[] {
  return prometheusText(metrics.read()).split("\n").filter((line) => line.startsWith(name));
}

Deno.test("a histogram has cumulative buckets, a sum and a count for each set of attributes", () => {
  const metrics = new Metrics();
  for (const seconds of [0.01, 0.011, 100]) {
    metrics.record("requestDuration", seconds, ["greeter", "200", ""]);
  }
  metrics.record("requestDuration", 1, ["greeter", "503", "UNAVAILABLE"]);
  const name = "genkitd_request_duration_seconds";
  const ok = 'genkitd_flow="greeter",http_response_status_code="200"';
  const all = lines(metrics, name);
  const bucket = (bound: string) =>
    all.find((l) => l.startsWith(`${name}_bucket{${ok},le="${bound}`));
  // A value on a bound is within it.
  assert.equal(bucket("0.01"), `${name}_bucket{${ok},le="0.01"} 1`);
  assert.equal(bucket("0.02"), `${name}_bucket{${ok},le="0.02"} 2`);
  assert.equal(bucket("81.92"), `${name}_bucket{${ok},le="81.92"} 2`);
  assert.equal(bucket("+Inf"), `${name}_bucket{${ok},le="+Inf"} 3`);
  assert.ok(all.includes(`${name}_sum{${ok}} ${0.01 + 0.011 + 100}`));
  assert.ok(all.includes(`${name}_count{${ok}} 3`));
  const failed = 'genkitd_flow="greeter",http_response_status_code="503",error_type="UNAVAILABLE"';
  assert.ok(all.includes(`${name}_count{${failed}} 1`));
});

Deno.test("a family has its help and type once, and is absent while it is empty", () => {
  const metrics = new Metrics();
  assert.equal(prometheusText(metrics.read()), "");
  metrics.record("activeRequests", 1, ["a"]);
  metrics.record("activeRequests", 1, ["b"]);
  metrics.record("activeRequests", -1, ["b"]);
  assert.equal(
    prometheusText(metrics.read()),
    "# HELP genkitd_active_requests Requests of a flow that are being answered, or wait for " +
      "their turn.\n# TYPE genkitd_active_requests gauge\n" +
      'genkitd_active_requests{genkitd_flow="a"} 1\ngenkitd_active_requests{genkitd_flow="b"} 0\n',
  );
});

Deno.test("what a label may not hold is escaped", () => {
  const metrics = new Metrics();
  metrics.record("activeRequests", 1, ['a"\\\nb']);
  assert.deepEqual(lines(metrics, "genkitd_active"), [
    'genkitd_active_requests{genkitd_flow="a\\"\\\\\\nb"} 1',
  ]);
});

Deno.test("names that a sandbox makes up do not fill the memory", () => {
  const metrics = new Metrics();
  for (let i = 0; i < 5_000; i++) metrics.record("toolDuration", 1, [`tool-${i}`, "", "f"]);
  const counts = lines(metrics, "gen_ai_execute_tool_duration_seconds_count");
  assert.equal(counts.length, 2_001);
  assert.match(counts.at(-1)!, /gen_ai_tool_name="_other",.* 3000$/);
});

Deno.test("OpenTelemetry gets the same values under the conventions' names", () => {
  const { api, measured, observed } = fakeOpenTelemetry();
  const metrics = new Metrics(api.metrics!.getMeter("genkitd"));
  metrics.record("requestDuration", 0.5, ["greeter", "200", ""]);
  metrics.observe("serving", () => [[["greeter"], 1]]);
  assert.deepEqual(measured, [{
    name: "genkitd.request.duration",
    value: 0.5,
    // Whole numbers are exported as such only where they are bigints.
    attributes: { "genkitd.flow": "greeter", "http.response.status_code": 200n },
  }]);
  assert.deepEqual(observed.get("genkitd.flow.serving")!(), [
    { name: "genkitd.flow.serving", value: 1, attributes: { "genkitd.flow": "greeter" } },
  ]);
});

Deno.test("what is observed is asked for at each reading", () => {
  const metrics = new Metrics();
  let restarts = 1;
  metrics.observe("sandboxRestarts", () => [[["1"], restarts]]);
  assert.deepEqual(lines(metrics, "genkitd_sandbox"), [
    'genkitd_sandbox_restarts_total{genkitd_sandbox="1"} 1',
  ]);
  restarts = 2;
  assert.match(lines(metrics, "genkitd_sandbox")[0]!, / 2$/);
});

Deno.test("a number among the attributes is a number, but for that of all the others", () => {
  const { api, measured } = fakeOpenTelemetry();
  const metrics = new Metrics(api.metrics!.getMeter("x"));
  for (let port = 1; port <= 2_001; port++) {
    metrics.record("firstChunk", 1, ["chat", "p", "m", "host", String(port), "f"]);
  }
  const ports = measured.map(({ attributes }) => attributes["server.port"]);
  assert.deepEqual([ports[0], ports.at(-1)], [1n, "_other"]);
});

Deno.test("what a metric has of flows that are gone makes room for others", () => {
  const metrics = new Metrics();
  const tools = (flow: string, count: number) => {
    for (let i = 0; i < count; i++) metrics.record("toolDuration", 1, [`${flow}-${i}`, "", flow]);
  };
  tools("old", 5_000);
  metrics.keepFlows(["new"]);
  const name = "gen_ai_execute_tool_duration_seconds_count";
  const other = `${name}{gen_ai_tool_name="_other",error_type="_other",genkitd_flow="_other"}`;
  assert.deepEqual(lines(metrics, name), [`${other} 3000`]);
  tools("new", 2_000);
  const counts = lines(metrics, name);
  assert.equal(counts.length, 2_000);
  // It goes on from what it was.
  assert.equal(counts[0], `${other} 3001`);
});
