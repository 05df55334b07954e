import assert from "assert";
import type { Step } from "../../../../runner/host/step.ts";
import { type RecentRequest, RecentRequests } from "../../../../runner/page/recent_requests.ts";
import { ManualClock } from "../../manual_clock.ts";

function setUp() {
  const clock = new ManualClock();
  const told: RecentRequest[] = [];
  const requests = new RecentRequests({
    clock,
    now: () => new Date(0),
    tell: (request) => told.push({ ...request }),
  });
  const begin = (requestId = "id-1") =>
    requests.begin({ method: "POST", headers: new Headers({ secret: "PLANTED" }), requestId });
  return { clock, told, requests, begin };
}

function turn(tokens: number, more: Partial<Step> = {}): Step {
  return {
    kind: "model",
    provider: "echo",
    model: "echo",
    start: 0,
    ms: 40,
    usage: { inputTokens: tokens, outputTokens: tokens * 2 },
    input: "PLANTED",
    output: "PLANTED",
    ...more,
  } as Step;
}

Deno.test("a call is kept with its times and counts, and nothing that was said", () => {
  const { clock, told, requests, begin } = setUp();
  const call = begin();
  call.routed("shop", "main");
  clock.advance(100);
  call.step(turn(3, { firstChunkMs: 10 }));
  call.step({ kind: "tool", tool: "refund", start: 0, ms: 5, input: "PLANTED" });
  clock.advance(50);
  call.step(turn(4, { firstChunkMs: 1 }), "another");
  call.end({ status: 503, error: "UNAVAILABLE" });
  const kept = {
    id: "id-1",
    flow: "shop",
    prompt: "main",
    at: "1970-01-01T00:00:00.000Z",
    models: ["echo/echo"],
    turns: 2,
    toolCalls: 1,
    inputTokens: 7,
    outputTokens: 14,
    // The turn took 40 ms to the 100th, and its first words came after 10 of them.
    firstChunkMs: 70,
    ms: 150,
    status: 503,
    error: "UNAVAILABLE",
  };
  assert.deepEqual(requests.requests, [kept]);
  assert.deepEqual([told.length, told.at(-1)], [2, kept]);
});

Deno.test("a step that comes after the end is told as well", () => {
  const { told, begin } = setUp();
  const call = begin();
  call.routed("shop", "main");
  call.end({ status: 499, error: "CANCELLED" });
  call.step(turn(3));
  assert.equal(told.at(-1)?.inputTokens, 3);
});

Deno.test("what leads to no flow is not kept", () => {
  const { told, requests, begin } = setUp();
  begin().end({ status: 404, error: "NOT_FOUND" });
  assert.deepEqual([requests.requests, told], [[], []]);
});

Deno.test("the last hundred are kept, the newest first", () => {
  const { requests, begin } = setUp();
  for (let index = 0; index < 250; index++) begin(`id-${index}`).routed("shop", "main");
  assert.equal(requests.requests.length, 100);
  assert.deepEqual([requests.requests[0]?.id, requests.requests[99]?.id], ["id-249", "id-150"]);
});
