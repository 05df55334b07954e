import assert from "assert";
import { debounce } from "../../../shared/sources/debounce.ts";
import { ManualClock } from "../manual_clock.ts";

function start() {
  const clock = new ManualClock();
  const runs: number[] = [];
  const burst = debounce({ quiet: 100, ceiling: 1000 }, clock, () => runs.push(clock.now()));
  return { clock, runs, burst };
}

Deno.test("debounce passes a burst on once, when it has been quiet for long enough", () => {
  const { clock, runs, burst } = start();
  burst.event();
  clock.advance(60);
  burst.event();
  clock.advance(99);
  assert.deepEqual(runs, []);
  clock.advance(1);
  assert.deepEqual(runs, [160]);
  clock.advance(5000);
  assert.deepEqual(runs, [160]);
});

Deno.test("debounce waits no longer than its ceiling, however busy it is", () => {
  const { clock, runs, burst } = start();
  for (let i = 0; i < 25; i++) {
    burst.event();
    clock.advance(50);
  }
  assert.deepEqual(runs, [1000]);
});

Deno.test("debounce starts anew after each burst", () => {
  const { clock, runs, burst } = start();
  burst.event();
  clock.advance(2000);
  burst.event();
  clock.advance(2000);
  assert.deepEqual(runs, [100, 2100]);
});

Deno.test("a cancelled debounce forgets what has happened", () => {
  const { clock, runs, burst } = start();
  burst.event();
  burst.cancel();
  clock.advance(2000);
  assert.deepEqual(runs, []);
});
