import assert from "assert";
import { RateLimit } from "../../../../runner/guard/rate_limit.ts";
import { ManualClock } from "../../manual_clock.ts";

function limit(perSecond: number, burst: number) {
  const clock = new ManualClock();
  return { clock, rate: new RateLimit({ perSecond, burst, clock }) };
}

/** How many in a row are let through. */
function through(rate: RateLimit, caller: string, most = 1000): number {
  for (let count = 0; count < most; count++) if (rate.take(caller) > 0) return count;
  return most;
}

Deno.test("RateLimit: a burst goes through, then as many as come back with time", () => {
  const { clock, rate } = limit(2, 5);
  assert.equal(through(rate, "ann"), 5);
  assert.equal(rate.take("ann"), 500, "the milliseconds until there is one");
  clock.advance(499);
  assert.equal(Math.round(rate.take("ann")), 1);
  clock.advance(1);
  assert.equal(through(rate, "ann"), 1);
  clock.advance(1500);
  assert.equal(through(rate, "ann"), 3);
});

Deno.test("RateLimit: whoever waits as told is let through, whatever the rate", () => {
  for (const perSecond of [0.001, 0.3, 1 / 3, 0.7, 3, 7, 11, 333, 1e6]) {
    const { clock, rate } = limit(perSecond, 1);
    for (let call = 0; call < 50; call++) {
      clock.advance(rate.take("ann"));
      if (call > 0) assert.equal(rate.take("ann"), 0, `${perSecond} a second`);
    }
  }
});

Deno.test("RateLimit: quiet callers save up no more than the burst", () => {
  const { clock, rate } = limit(1, 3);
  clock.advance(1e9);
  assert.equal(through(rate, "ann"), 3);
  clock.advance(1e9);
  assert.equal(through(rate, "ann"), 3);
});

Deno.test("RateLimit: a call that is refused costs nothing", () => {
  const { clock, rate } = limit(1, 1);
  assert.equal(rate.take("ann"), 0);
  for (let again = 0; again < 100; again++) assert.equal(rate.take("ann"), 1000);
  clock.advance(1000);
  assert.equal(rate.take("ann"), 0);
});

Deno.test("RateLimit: callers have a limit each", () => {
  const { rate } = limit(1, 2);
  assert.equal(through(rate, "ann"), 2);
  assert.equal(through(rate, "bob"), 2);
  assert.equal(through(rate, "__proto__"), 2);
});

Deno.test("RateLimit: what was used already is charged, below nothing too", () => {
  const { clock, rate } = limit(1, 10);
  rate.charge("flow", 25);
  assert.equal(rate.take("flow", 1), 16_000);
  clock.advance(16_000);
  assert.equal(rate.take("flow", 1), 0);
});

Deno.test("RateLimit: 10,000 callers are remembered; the longest quiet is forgotten first", () => {
  const { rate } = limit(0.001, 1);
  assert.equal(rate.take("first"), 0);
  assert.equal(rate.take("second"), 0);
  for (let other = 0; other < 9_998; other++) rate.take(`caller ${other}`);
  assert.ok(rate.take("first") > 0, "it is remembered, and was not quiet now");
  rate.take("one more");
  assert.equal(rate.take("second"), 0, "it was forgotten");
  assert.ok(rate.take("first") > 0);
});
