import assert from "assert";
import { readTraceContext, traceparent } from "../../../../runner/telemetry/trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

Deno.test("a caller's trace is read by the rules of W3C Trace Context", async (t) => {
  const good = `00-${TRACE}-${SPAN}-01`;
  const cases: Record<string, [given: string, expected: string | undefined]> = {
    "recorded": [good, good],
    "not recorded": [`00-${TRACE}-${SPAN}-00`, `00-${TRACE}-${SPAN}-00`],
    "a later version, with more": [`cc-${TRACE}-${SPAN}-01-what`, `cc-${TRACE}-${SPAN}-01`],
    "version 00 with more": [`${good}-what`, undefined],
    "version ff": [`ff-${TRACE}-${SPAN}-01`, undefined],
    "an empty trace id": [`00-${"0".repeat(32)}-${SPAN}-01`, undefined],
    "an empty span id": [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
    "capitals": [good.toUpperCase(), undefined],
    "too short": [`00-${TRACE.slice(1)}-${SPAN}-01`, undefined],
    "no trace at all": ["hello", undefined],
  };
  for (const [name, [given, expected]] of Object.entries(cases)) {
    await t.step(name, () => {
      const found = readTraceContext(new Headers({ traceparent: given }));
      assert.equal(found?.traceparent, expected);
    });
  }
  await t.step("none", () => assert.equal(readTraceContext(new Headers()), undefined));
});

Deno.test("tracestate goes with its traceparent, or not at all", () => {
  const state = (tracestate: string) =>
    readTraceContext(new Headers({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate }))
      ?.tracestate;
  assert.equal(state("a=1,b=2"), "a=1,b=2");
  assert.equal(state("x".repeat(513)), undefined);
  assert.equal(state(""), undefined);
  assert.equal(readTraceContext(new Headers({ tracestate: "a=1" })), undefined);
});

Deno.test("traceparent says whether the trace is recorded, and nothing of other flags", () => {
  const of = (traceFlags: number) => traceparent({ traceId: TRACE, spanId: SPAN, traceFlags });
  assert.equal(of(1), `00-${TRACE}-${SPAN}-01`);
  assert.equal(of(0), `00-${TRACE}-${SPAN}-00`);
  assert.equal(of(3), `00-${TRACE}-${SPAN}-01`);
});
