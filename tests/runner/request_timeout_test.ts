import assert from "assert";
import { FlowError } from "../../shared/flow_error.ts";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import { callHttpTool } from "../../runner/tools/http.ts";
import { fakeFlow, fakeRoutes } from "./fake_flow.ts";
import { testApp } from "./test_app.ts";

/** Calls a flow that never answers, with this header; the flow's own limit is a second. */
async function call(header?: string) {
  const calls: FlowCall[] = [];
  const asked = Promise.withResolvers<void>();
  const endless = fakeFlow((call) => {
    calls.push(call);
    asked.resolve();
    return new Promise((_, reject) =>
      call.signal.addEventListener("abort", () => reject(call.signal.reason))
    );
  });
  const { post, clock } = testApp(fakeRoutes({ endless }), { requestTimeout: 1000 });
  const answer = Promise.resolve(
    post("/endless", {}, header === undefined ? {} : { "x-request-timeout": header }),
  );
  await Promise.race([asked.promise, answer]);
  return { answer, clock, call: calls[0] };
}

Deno.test("a caller's time is the call's where it is shorter than the flow's", async () => {
  const { answer, clock, call: running } = await call("0.4");
  assert.deepEqual([running?.timeLeft?.(), running?.hurried], [400, true]);
  clock.advance(399);
  assert.equal(running?.timeLeft?.(), 1);
  assert.equal(running?.signal.aborted, false);
  clock.advance(1);
  const response = await answer;
  assert.equal(response.status, 504);
  assert.match(await response.text(), /did not answer within 400 ms/);
  assert.ok(running?.signal.reason instanceof FlowError);
});

Deno.test("a caller's time does not lengthen the flow's", async () => {
  for (const header of ["60", "1000ms", undefined]) {
    const { answer, clock, call: running } = await call(header);
    assert.deepEqual([running?.timeLeft?.(), running?.hurried], [1000, undefined]);
    clock.advance(1000);
    assert.equal((await answer).status, 504);
  }
});

Deno.test("a caller's time that cannot be read is 400", async () => {
  const { answer, call: running } = await call("soon");
  const response = await answer;
  assert.equal(response.status, 400);
  assert.equal(running, undefined);
  assert.match(await response.text(), /x-request-timeout is \\"soon\\", should be seconds/);
});

Deno.test("a tool is told the time that is left for it", async (t) => {
  const told = async (
    tool: { timeoutSeconds?: number; headers?: Record<string, string> },
    timeLeft?: () => number,
  ) => {
    let header: string | null = "";
    await callHttpTool({ name: "look", url: "https://tools.example/look", ...tool }, {}, {
      signal: new AbortController().signal,
      timeLeft,
      clock: { now: () => 0, after: () => () => {} },
      fetch: (_, init) => {
        header = new Headers(init?.headers).get("x-request-timeout");
        return Promise.resolve(new Response("ok"));
      },
    });
    return header;
  };
  await t.step("the call's", async () => assert.equal(await told({}, () => 2500), "2.5"));
  await t.step("its own where that is shorter", async () => {
    assert.equal(await told({ timeoutSeconds: 2 }, () => 2500), "2");
    assert.equal(await told({}), "30");
  });
  await t.step("unless it is set for it", async () => {
    assert.equal(await told({ headers: { "X-Request-Timeout": "9" } }), "9");
  });
});

Deno.test("a tool is not tried again where the wait would end after the call's time", async () => {
  let requests = 0;
  const call = callHttpTool(
    { name: "look", url: "https://tools.example/look", method: "GET" },
    {},
    {
      signal: new AbortController().signal,
      timeLeft: () => 4000,
      fetch: () => {
        requests++;
        const headers = { "retry-after": "4" };
        return Promise.resolve(new Response("", { status: 503, headers }));
      },
    },
  );
  await assert.rejects(call, /its server answered 503/);
  assert.equal(requests, 1);
});
