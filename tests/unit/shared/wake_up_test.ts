import assert from "assert";
import { WakeUp } from "../../../shared/wake_up.ts";
import { ManualClock } from "../manual_clock.ts";

const never = new AbortController().signal;

/** A pause of a second, and whether it is over. */
async function began(wakeUp: WakeUp, clock: ManualClock, signal = never) {
  let over = false;
  wakeUp.pause(1000, clock, signal).then(() => over = true);
  await settled();
  return () => over;
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a pause ends by its time, a wake-up or the signal, and leaves no timer", async () => {
  const stop = new AbortController();
  const ends: [string, (wakeUp: WakeUp, clock: ManualClock) => void][] = [
    ["time", (_, clock) => clock.advance(1000)],
    ["wake-up", (wakeUp) => wakeUp.wake()],
    ["signal", () => stop.abort()],
  ];
  for (const [what, end] of ends) {
    const [wakeUp, clock] = [new WakeUp(), new ManualClock()];
    const over = await began(wakeUp, clock, stop.signal);
    assert.deepEqual([over(), clock.pending], [false, 1], what);
    end(wakeUp, clock);
    await settled();
    assert.deepEqual([over(), clock.pending], [true, 0], what);
  }
});

Deno.test("a wake-up that comes before a pause ends that one, and no later one", async () => {
  const [wakeUp, clock] = [new WakeUp(), new ManualClock()];
  wakeUp.wake();
  wakeUp.wake();
  assert.equal((await began(wakeUp, clock))(), true);
  assert.equal((await began(wakeUp, clock))(), false);
  wakeUp.wake();
});
