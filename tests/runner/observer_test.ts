import assert from "assert";
import { createApp } from "../../runner/http/app.ts";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import type { RequestObserver } from "../../runner/telemetry/request_observer.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { fakeFlow, fakeRoutes, textChunk } from "./fake_flow.ts";
import { logLines } from "./log_lines.ts";

const TRACE = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

/** An app with flows `greeter`, `broken` and `failed`, and what its observer saw, in order. */
function observedApp() {
  const seen: string[] = [];
  const calls: FlowCall[] = [];
  const ended = Promise.withResolvers<void>();
  const observer: RequestObserver = {
    begin({ method, requestId }) {
      seen.push(`begin ${method} ${requestId}`);
      return {
        trace: TRACE,
        traced: true,
        recordContent: true,
        routed: (flow, prompt) => seen.push(`routed ${flow} ${prompt}`),
        step: (step) => seen.push(`step ${step.kind}`),
        cached: (result) => seen.push(`cache ${result}`),
        end({ status, error }) {
          seen.push(`end ${status} ${error}`);
          ended.resolve();
        },
      };
    },
  };
  const greeter = fakeFlow(async (call) => {
    calls.push(call);
    await call.onChunk?.(textChunk("Hi"));
    call.onStep?.({ kind: "tool", tool: "t", start: 0, ms: 1 });
    return { text: "Hi" };
  });
  const broken = fakeFlow(() => {
    throw new FlowError("UNAVAILABLE", "not now");
  });
  const table = fakeRoutes({ greeter, broken, failed: "it has no key" });
  const { log, lines } = logLines();
  const app = createApp({ routes: () => table, log, observer, newRequestId: () => "id-1" });
  return { app, seen, calls, lines, ended: ended.promise };
}

Deno.test("each request is observed from its beginning to its end", async (t) => {
  const cases: Record<string, [path: string, init: RequestInit, seen: string[]]> = {
    "an answer": ["/greeter", { method: "POST" }, [
      "begin POST id-1",
      "routed greeter main",
      "step tool",
      "end 200 undefined",
    ]],
    "a flow's failure": ["/broken", { method: "POST" }, [
      "begin POST id-1",
      "routed broken main",
      "end 503 UNAVAILABLE",
    ]],
    "a flow that cannot be served": ["/failed", { method: "POST" }, [
      "begin POST id-1",
      "routed failed ",
      "end 503 UNAVAILABLE",
    ]],
    "no JSON": ["/greeter", { method: "POST", body: "{" }, [
      "begin POST id-1",
      "routed greeter main",
      "end 400 INVALID_ARGUMENT",
    ]],
    "a wrong method": ["/greeter", { method: "GET" }, [
      "begin GET id-1",
      "routed greeter main",
      "end 405 UNIMPLEMENTED",
    ]],
    "an unknown path": ["/nobody", { method: "POST" }, ["begin POST id-1", "end 404 NOT_FOUND"]],
    "a deeper path": ["/a/b", { method: "POST" }, ["begin POST id-1", "end 404 NOT_FOUND"]],
    "a probe": ["/healthz", {}, []],
    "a probe that fails": ["/readyz", {}, []],
  };
  for (const [name, [path, init, expected]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { app, seen } = observedApp();
      await (await app.request(path, init)).text();
      assert.deepEqual(seen, expected);
    });
  }
});

Deno.test("a stream is observed to its own end, not to that of its headers", async () => {
  const { app, seen, ended } = observedApp();
  const response = await app.request("/greeter?stream=true", { method: "POST" });
  assert.deepEqual(seen, ["begin POST id-1", "routed greeter main"]);
  await response.text();
  await ended;
  assert.deepEqual(seen.slice(2), ["step tool", "end 200 undefined"]);
});

Deno.test("a caller who leaves a stream is seen as gone", async () => {
  const { app, seen, ended } = observedApp();
  const response = await app.request("/greeter?stream=true", { method: "POST" });
  await response.body!.cancel();
  await ended;
  assert.equal(seen.at(-1), "end 499 CANCELLED");
});

Deno.test("the call gets the trace to pass on, and the log names it", async () => {
  const { app, calls, lines } = observedApp();
  await app.request("/greeter", { method: "POST" });
  assert.deepEqual(calls[0]!.trace, TRACE);
  assert.equal(calls[0]!.traced, true);
  assert.equal(calls[0]!.recordContent, true);
  const [line] = lines.filter(({ message }) => message === "request");
  assert.equal(line!.traceId, "0af7651916cd43dd8448eb211c80319c");
});
