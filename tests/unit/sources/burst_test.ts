import assert from "assert";
import { burst } from "../../../shared/sources/burst.ts";
import { ManualClock } from "../manual_clock.ts";

function counting() {
  const clock = new ManualClock();
  const out = { clock, runs: 0, burst: burst({ quiet: 2_000, ceiling: 10_000 }, clock, run) };
  function run() {
    out.runs++;
  }
  return out;
}

Deno.test("a single change does not wait", () => {
  const at = counting();
  at.burst.event();
  assert.equal(at.runs, 1);
  at.clock.advance(60_000);
  assert.equal(at.runs, 1);
  at.burst.event();
  assert.equal(at.runs, 2);
});

Deno.test("those that follow it are passed on once, after 2 s of quiet", () => {
  const at = counting();
  for (let i = 0; i < 4; i++) {
    at.burst.event();
    at.clock.advance(1_000);
  }
  assert.equal(at.runs, 1);
  at.clock.advance(1_000);
  assert.equal(at.runs, 2);
  at.clock.advance(60_000);
  assert.equal(at.runs, 2);
});

Deno.test("a burst without an end is passed on every 10 s", () => {
  const at = counting();
  for (let i = 0; i <= 21; i++) {
    at.burst.event();
    at.clock.advance(1_000);
  }
  assert.equal(at.runs, 3);
});

Deno.test("nothing comes after it was cancelled", () => {
  const at = counting();
  at.burst.event();
  at.burst.event();
  at.burst.cancel();
  at.clock.advance(60_000);
  assert.equal(at.runs, 1);
});
