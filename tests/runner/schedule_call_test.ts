import assert from "assert";
import { FlowGuard } from "../../runner/guard/flow_guard.ts";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import { createApp } from "../../runner/http/app.ts";
import { callScheduled } from "../../runner/schedule/call_scheduled.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { fakeFlow } from "./fake_flow.ts";
import { API_KEYS } from "./guarded_server.ts";
import { logLines } from "./log_lines.ts";

const DUE = new Date("2026-03-02T09:00:00Z");

/** An app with one flow "f" that wants keys, and its schedule. */
function scheduled(answer: (call: FlowCall) => Promise<{ text: string }>) {
  const calls: FlowCall[] = [];
  const clock = new ManualClock();
  const limits = { requestsPerSecond: 1, burst: 1, concurrency: 1, queue: 0 };
  const guard = new FlowGuard({ auth: API_KEYS, limits }, { listening: "127.0.0.1", clock });
  const handle = fakeFlow((call) => {
    calls.push(call);
    return answer(call);
  });
  const table = {
    routes: new Map([["f", { flow: "f", prompt: [...handle.prompts.keys()][0]!, handle }]]),
    flows: [{ name: "f", state: "serving" as const }],
  };
  const { log, find } = logLines();
  const app = createApp({ routes: () => table, guards: () => guard, log, clock });
  const never = new AbortController().signal;
  const call = (signal = never) =>
    callScheduled(
      (request, env) => app.fetch(request, env),
      "f",
      { cron: "@daily", input: { name: "Ada" } },
      DUE,
      signal,
    );
  return { app, calls, call, find };
}

Deno.test("a schedule's call needs no key and counts for no caller's rate, and is logged as such", async () => {
  const { app, call, calls, find } = scheduled(() => Promise.resolve({ text: "done" }));
  for (let i = 0; i < 3; i++) assert.equal(await call(), undefined);
  assert.deepEqual(calls.map(({ input, auth }) => [input, auth]), [
    [{ name: "Ada" }, undefined],
    [{ name: "Ada" }, undefined],
    [{ name: "Ada" }, undefined],
  ]);
  const { flow, status, schedule, due } = await find(({ message }) => message === "request");
  assert.deepEqual([flow, status, schedule, due], ["f", 200, "@daily", "2026-03-02T09:00:00.000Z"]);
  // Nothing that comes from outside is one.
  const headers = { schedule: "@daily", "x-genkitd-schedule": "@daily" };
  const request = { method: "POST", headers, body: "{}" };
  assert.equal((await app.request("/f", request, { draining: false })).status, 401);
  assert.equal((await app.request("/schedules")).status, 404);
});

Deno.test("a schedule's call that fails gives the status code; so does one that is ended", async () => {
  const failing = scheduled(() => Promise.reject(new FlowError("UNAVAILABLE", "no")));
  assert.deepEqual(await failing.call(), { status: "UNAVAILABLE", message: "no" });
  const held = scheduled(() => new Promise(() => {}));
  const stop = new AbortController();
  const first = held.call(stop.signal);
  while (held.calls.length === 0) await new Promise((resolve) => setTimeout(resolve));
  assert.equal((await held.call())?.status, "UNAVAILABLE", "it heeds the flow's concurrency");
  stop.abort();
  assert.notEqual(await first, undefined);
  assert.equal(held.calls[0]!.signal.aborted, true);
});
