import assert from "assert";
import type { ModelStep } from "../../../../runner/host/step.ts";
import { RunnerTelemetry } from "../../../../runner/telemetry/runner_telemetry.ts";
import { ManualClock } from "../../manual_clock.ts";
import { fakeOpenTelemetry } from "./fake_open_telemetry.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = `00-${TRACE}-b7ad6b7169203331-01`;

const turn: ModelStep = {
  kind: "model",
  provider: "googleai",
  model: "gemini-2.5-flash",
  start: 1_000,
  ms: 250,
  firstChunkMs: 100,
  usage: { inputTokens: 7, outputTokens: 3, cachedContentTokens: 5 },
  finishReason: "stop",
};

function setUp({ traced = true, recordContent = false } = {}) {
  const fake = fakeOpenTelemetry();
  const clock = new ManualClock();
  const openTelemetry = traced ? fake.api : undefined;
  const telemetry = new RunnerTelemetry({ clock, openTelemetry, recordContent });
  const begin = (headers: Record<string, string> = {}, method = "POST") =>
    telemetry.begin({ method, headers: new Headers(headers), requestId: "id-1" });
  const line = (start: string) =>
    telemetry.prometheus().split("\n").filter((line) => line.startsWith(start));
  return { ...fake, clock, telemetry, begin, line };
}

Deno.test("a request is a server's span below its caller's, and each step a span below that", () => {
  const { begin, spans } = setUp();
  const request = begin({ traceparent: CALLER, tracestate: "a=1" });
  request.routed("greeter", "greeting");
  assert.deepEqual(request.trace, {
    traceparent: `00-${TRACE}-0000000000000001-01`,
    tracestate: "a=1",
  });
  request.step(turn);
  request.step({ kind: "tool", tool: "look", start: 1_250, ms: 10, error: "INTERNAL" });
  request.end({ status: 200 });
  assert.deepEqual(spans, [
    {
      name: "POST /greeter",
      kind: 1,
      attributes: {
        "http.request.method": "POST",
        "url.scheme": "http",
        "genkitd.request.id": "id-1",
        "http.route": "/greeter",
        "url.path": "/greeter",
        "genkitd.flow": "greeter",
        "genkitd.prompt": "greeting",
        "http.response.status_code": 200n,
      },
      traceId: TRACE,
      spanId: "0000000000000001",
      parent: "b7ad6b7169203331",
      failed: false,
      end: "now",
    },
    {
      name: "chat gemini-2.5-flash",
      kind: 2,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 7n,
        "gen_ai.usage.output_tokens": 3n,
        "gen_ai.usage.cache_read.input_tokens": 5n,
        "gen_ai.request.stream": true,
        "gen_ai.response.time_to_first_chunk": 0.1,
        "genkitd.flow": "greeter",
      },
      traceId: TRACE,
      spanId: "0000000000000002",
      parent: "0000000000000001",
      failed: false,
      start: 1_000,
      end: 1_250,
    },
    {
      name: "execute_tool look",
      kind: 0,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look",
        "gen_ai.tool.type": "function",
        "error.type": "INTERNAL",
        "genkitd.flow": "greeter",
      },
      traceId: TRACE,
      spanId: "0000000000000003",
      parent: "0000000000000001",
      failed: true,
      start: 1_250,
      end: 1_260,
    },
  ]);
});

Deno.test("a span fails with 5xx, and has the error's status code in any case", () => {
  const { begin, spans } = setUp();
  begin().end({ status: 404, error: "NOT_FOUND" });
  begin().end({ status: 503, error: "UNAVAILABLE" });
  begin({}, "BREW").end({ status: 405, error: "UNIMPLEMENTED" });
  assert.deepEqual(
    spans.map(({ name, failed, attributes }) => [name, failed, attributes["error.type"]]),
    [["POST", false, "NOT_FOUND"], ["POST", true, "UNAVAILABLE"], [
      "_OTHER",
      false,
      "UNIMPLEMENTED",
    ]],
  );
});

Deno.test("where nothing is traced, a caller's trace goes on as it is, and none is made up", () => {
  const { begin } = setUp({ traced: false });
  assert.deepEqual(begin({ traceparent: CALLER, tracestate: "a=1" }).trace, {
    traceparent: CALLER,
    tracestate: "a=1",
  });
  assert.equal(begin().trace, undefined);
});

Deno.test("content is asked for only where it is to be recorded and there are traces", () => {
  assert.equal(setUp().begin().recordContent, false);
  assert.equal(setUp({ recordContent: true }).begin().recordContent, true);
  assert.equal(setUp({ recordContent: true, traced: false }).begin().recordContent, false);
});

Deno.test("recorded content is in spans alone", () => {
  const { begin, spans, measured, telemetry } = setUp({ recordContent: true });
  const request = begin();
  request.routed("f", "p");
  request.step({ ...turn, input: "IN", output: "OUT" });
  request.step({ kind: "tool", tool: "t", start: 0, ms: 1, input: "ARGS", output: "RESULT" });
  request.end({ status: 200 });
  assert.equal(spans[1]!.attributes["gen_ai.input.messages"], "IN");
  assert.equal(spans[1]!.attributes["gen_ai.output.messages"], "OUT");
  assert.equal(spans[2]!.attributes["gen_ai.tool.call.arguments"], "ARGS");
  assert.equal(spans[2]!.attributes["gen_ai.tool.call.result"], "RESULT");
  const rest = telemetry.prometheus() + measured.map((one) => Object.values(one.attributes));
  assert.doesNotMatch(rest, /IN\b|OUT\b|ARGS|RESULT/);
});

Deno.test("requests are counted by flow, status and error, and while they run", async () => {
  const { begin, line, clock } = setUp();
  const request = begin();
  request.routed("greeter", "greeting");
  assert.deepEqual(line("genkitd_active"), ['genkitd_active_requests{genkitd_flow="greeter"} 1']);
  await clock.advance(40);
  request.end({ status: 429, error: "RESOURCE_EXHAUSTED" });
  begin().end({ status: 404, error: "NOT_FOUND" });
  assert.deepEqual(line("genkitd_active"), ['genkitd_active_requests{genkitd_flow="greeter"} 0']);
  const greeter =
    'genkitd_flow="greeter",http_response_status_code="429",error_type="RESOURCE_EXHAUSTED"';
  assert.deepEqual(line("genkitd_request_duration_seconds_sum"), [
    `genkitd_request_duration_seconds_sum{${greeter}} 0.04`,
    'genkitd_request_duration_seconds_sum{http_response_status_code="404",error_type="NOT_FOUND"} 0',
  ]);
});

Deno.test("requests of a flow with a cache are counted by what it was to them", () => {
  const { begin, line } = setUp();
  for (const result of ["miss", "hit", "hit"] as const) {
    const request = begin();
    request.routed("greeter", "greeting");
    request.cached(result);
  }
  assert.deepEqual(line("genkitd_cache"), [
    'genkitd_cache_requests_total{genkitd_flow="greeter",genkitd_cache_result="miss"} 1',
    'genkitd_cache_requests_total{genkitd_flow="greeter",genkitd_cache_result="hit"} 2',
  ]);
});

Deno.test("a model's turns are counted by provider, model and flow", () => {
  const { begin, line } = setUp();
  const request = begin();
  request.routed("greeter", "greeting");
  request.step(turn);
  request.step({ ...turn, ms: 50, usage: {}, error: "UNAVAILABLE" });
  const model = 'gen_ai_operation_name="chat",gen_ai_provider_name="gcp.gemini",' +
    'gen_ai_request_model="gemini-2.5-flash"';
  const flow = 'genkitd_flow="greeter"';
  const operations = "gen_ai_client_operation_duration_seconds_sum";
  assert.deepEqual(line(operations), [
    `${operations}{${model},${flow}} 0.25`,
    `${operations}{${model},error_type="UNAVAILABLE",${flow}} 0.05`,
  ]);
  assert.deepEqual(line("gen_ai_client_token_usage_sum"), [
    `gen_ai_client_token_usage_sum{${model},gen_ai_token_type="input",${flow}} 7`,
    `gen_ai_client_token_usage_sum{${model},gen_ai_token_type="output",${flow}} 3`,
  ]);
  assert.deepEqual(line("genkitd_tokens"), [`genkitd_tokens_cached_total{${model},${flow}} 5`]);
  const first = "gen_ai_client_operation_time_to_first_chunk_seconds_count";
  assert.deepEqual(line(first), [`${first}{${model},${flow}} 2`]);
});

Deno.test("a turn's span tells where it was asked, with what, and who answered", () => {
  const { begin, spans, line } = setUp();
  const request = begin();
  request.routed("greeter", "greeting");
  request.step({
    ...turn,
    server: { address: "generativelanguage.googleapis.com", port: 443 },
    request: { temperature: 0, topK: 4, maxTokens: 9, seed: -7, stopSequences: ["END"] },
    responseId: "resp-1",
    responseModel: "gemini-2.5-flash-001",
  });
  const { attributes } = spans[1]!;
  const told = Object.entries(attributes).filter(([name]) =>
    /^server|^gen_ai\.re(quest|sponse)/.test(name)
  );
  assert.deepEqual(Object.fromEntries(told), {
    "server.address": "generativelanguage.googleapis.com",
    "server.port": 443n,
    "gen_ai.request.model": "gemini-2.5-flash",
    "gen_ai.request.temperature": 0,
    "gen_ai.request.top_k": 4n,
    "gen_ai.request.max_tokens": 9n,
    "gen_ai.request.seed": -7n,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.request.stream": true,
    "gen_ai.response.id": "resp-1",
    "gen_ai.response.model": "gemini-2.5-flash-001",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.time_to_first_chunk": 0.1,
  });
  const at = /server_address="generativelanguage.googleapis.com",server_port="443"/;
  for (
    const metric of ["operation_duration_seconds", "operation_time_to_first_chunk_seconds"]
      .concat("token_usage")
  ) {
    assert.match(line(`gen_ai_client_${metric}_count`)[0]!, at);
  }
  assert.doesNotMatch(line("").join("\n"), /resp-1|flash-001|END/);
});

Deno.test("steps are asked for what only spans hold where there are traces", () => {
  assert.equal(setUp().begin().traced, true);
  assert.equal(setUp({ traced: false }).begin().traced, false);
});

Deno.test("tokens that were guessed are told apart from those that a provider counted", () => {
  const { begin, line, spans } = setUp();
  const request = begin();
  request.routed("greeter", "greeting");
  const usage = { inputTokens: 17 };
  request.step({ ...turn, usage, estimated: { inputTokens: 4, outputTokens: 2 } });
  assert.deepEqual(line("gen_ai_client_token_usage_sum").map((text) => text.split(" ").pop()), [
    "17",
  ]);
  const types = (text: string) => text.replace(/.*token_type="([^"]+)".* /, "$1 ");
  assert.deepEqual(line("genkitd_tokens_estimated_total").map(types), ["input 4", "output 2"]);
  const { attributes } = spans[1]!;
  assert.equal(attributes["gen_ai.usage.input_tokens"], 17n);
  assert.equal(attributes["gen_ai.usage.output_tokens"], undefined);
  assert.equal(attributes["genkitd.usage.estimated_input_tokens"], 4n);
  assert.equal(attributes["genkitd.usage.estimated_output_tokens"], 2n);
});

Deno.test("a step of a flow that the flow has called counts as that flow's", () => {
  const { begin, line, spans } = setUp();
  const request = begin();
  request.routed("outer", "main");
  request.step(turn, "inner");
  assert.match(line("gen_ai_client_operation_duration_seconds_count")[0]!, /flow="inner"} 1$/);
  assert.equal(spans[1]!.attributes["genkitd.flow"], "inner");
});

Deno.test("a step that comes after its request has ended still counts", () => {
  const { begin, line, spans } = setUp();
  const request = begin();
  request.routed("greeter", "greeting");
  request.end({ status: 499, error: "CANCELLED" });
  request.step(turn);
  assert.match(line("gen_ai_client_token_usage_sum")[0]!, / 7$/);
  assert.equal(spans[1]!.parent, spans[0]!.spanId);
});

Deno.test("gauges tell of flows, queues and sandboxes as they are", () => {
  const { telemetry, line } = setUp();
  let closed = false;
  let residentBytes = 42;
  telemetry.watch({
    routes: () => ({
      routes: new Map(),
      flows: [{ name: "a", state: "serving" }, { name: "b", state: "failed", reason: "x" }],
    }),
    guard: (flow) => flow === "a" ? { load: { inside: 2, waiting: 3 } } : undefined,
    nextRuns: () => [["a", new Date(1_700_000_000_000)]],
  });
  telemetry.scheduled("a", "success");
  telemetry.scheduled("a", "skipped");
  assert.deepEqual(line("genkitd_schedule"), [
    'genkitd_schedule_runs_total{genkitd_flow="a",genkitd_schedule_outcome="success"} 1',
    'genkitd_schedule_runs_total{genkitd_flow="a",genkitd_schedule_outcome="skipped"} 1',
    'genkitd_schedule_next_run_seconds{genkitd_flow="a"} 1700000000',
  ]);
  telemetry.watchSandbox({
    get state() {
      return { closed, residentBytes, restarts: 1, flows: ["a", "b"] };
    },
  });
  assert.deepEqual(line("genkitd_flow_serving"), [
    'genkitd_flow_serving{genkitd_flow="a"} 1',
    'genkitd_flow_serving{genkitd_flow="b"} 0',
  ]);
  assert.deepEqual(line("genkitd_limit"), [
    'genkitd_limit_running{genkitd_flow="a"} 2',
    'genkitd_limit_running{genkitd_flow="b"} 0',
    'genkitd_limit_waiting{genkitd_flow="a"} 3',
    'genkitd_limit_waiting{genkitd_flow="b"} 0',
  ]);
  const sandbox = 'genkitd_sandbox="1"';
  assert.deepEqual(line("genkitd_sandbox"), [
    `genkitd_sandbox_memory_bytes{${sandbox}} 42`,
    `genkitd_sandbox_restarts_total{${sandbox}} 1`,
    `genkitd_sandbox_flow{${sandbox},genkitd_flow="a"} 1`,
    `genkitd_sandbox_flow{${sandbox},genkitd_flow="b"} 1`,
  ]);
  residentBytes = 0;
  assert.deepEqual(line("genkitd_sandbox_memory"), [], "not known yet");
  closed = true;
  assert.deepEqual(line("genkitd_sandbox"), []);
  assert.match(line("process_start_time_seconds")[0]!, / \d{10}(\.\d+)?$/);
});

Deno.test("retries, fallbacks and circuits are counted", () => {
  const { begin, telemetry, line } = setUp({ traced: false });
  const states = ["greeter"].map((name) => ({ name, state: "serving" as const }));
  telemetry.watch({
    routes: () => ({ routes: new Map(), flows: states }),
    guard: () => undefined,
  });
  const request = begin();
  request.routed("greeter", "greeting");
  request.step({ ...turn, error: "UNAVAILABLE" });
  request.step({ ...turn, error: "UNAVAILABLE", attempt: 2, circuit: "open" });
  request.step({ ...turn, provider: "anthropic", model: "claude", fallback: true });
  const value = (name: string) =>
    line(name).map((text) => text.replace(/.*model="([^"]+)".* /, "$1 "));
  assert.deepEqual(value("genkitd_model_retries_total"), ["gemini-2.5-flash 1"]);
  assert.deepEqual(value("genkitd_model_fallbacks_total"), ["claude 1"]);
  assert.deepEqual(value("genkitd_model_circuit_open"), ["gemini-2.5-flash 1"]);
  request.step({ ...turn, circuit: "closed" });
  assert.deepEqual(value("genkitd_model_circuit_open"), ["gemini-2.5-flash 0"]);
  states.pop();
  assert.deepEqual(value("genkitd_model_circuit_open"), [], "the flow is gone");
});

Deno.test("sandboxes that were closed are let go, though nobody reads the metrics", () => {
  const { telemetry } = setUp();
  let looks = 0;
  const sandbox = (closed: boolean) => ({
    get state() {
      looks++;
      return { closed, residentBytes: 1, restarts: 0, flows: [] };
    },
  });
  for (let reload = 0; reload < 100; reload++) telemetry.watchSandbox(sandbox(true));
  telemetry.watchSandbox(sandbox(false));
  looks = 0;
  telemetry.watchSandbox(sandbox(false));
  assert.equal(looks, 1);
});
