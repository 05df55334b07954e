import assert from "assert";
import { ManualClock } from "../../unit/manual_clock.ts";
import type { Probe } from "./pod.ts";
import { RestartBackoff } from "./restart_backoff.ts";
import { runProbe } from "./run_probe.ts";

/** Asks a probe for some seconds; `answers` are good (`+`) or bad (`-`), one each time. */
async function decisions(probe: Probe, answers: string, seconds: number): Promise<string[]> {
  const clock = new ManualClock();
  const stop = new AbortController();
  const seen: string[] = [];
  const rest = [...answers];
  const running = runProbe({
    probe,
    ask: () => Promise.resolve(rest.shift() === "+" ? undefined : "bad"),
    clock,
    signal: stop.signal,
    decided: (healthy) => seen.push(`${clock.now() / 1_000}s ${healthy}`),
  });
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
  }
  stop.abort();
  await running;
  return seen;
}

Deno.test("a probe decides at its thresholds, once until the answers change", async () => {
  const probe = { periodSeconds: 1, failureThreshold: 3, successThreshold: 2 };
  assert.deepEqual(
    await decisions(probe, "++++--+---+-++", 14),
    ["1s true", "9s false", "13s true"],
  );
});

Deno.test("a probe is asked first after its delay, and then in its period", async () => {
  const probe = { initialDelaySeconds: 4, periodSeconds: 3 };
  assert.deepEqual(await decisions(probe, "+---", 20), ["4s true", "13s false"]);
});

Deno.test("the waits of a container that crashes double up to the longest", () => {
  const backoff = new RestartBackoff({ initial: 10, max: 50 });
  assert.deepEqual([1, 1, 1, 1, 1].map((ran) => backoff.after(ran)), [0, 10, 20, 40, 50]);
  assert.deepEqual([101, 1].map((ran) => backoff.after(ran)), [0, 10], "a long run forgives");
});
