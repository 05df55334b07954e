/** What goes on for as long as the process must keep nothing of its rounds. */
import assert from "assert";
import { setImmediate } from "node:timers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { holdLease } from "../../shared/cache/lease.ts";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import type { Clock } from "../../shared/clock.ts";
import { sharedSource } from "../../shared/sources/shared_source.ts";

/** Days of renewals, or looks. */
const ROUNDS = 20_000;
/** What a round may keep, in bytes: a reaction of a promise alone is more than 100. */
const KEPT = 20;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

async function heap(): Promise<number> {
  for (let time = 0; time < 3; time++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
  }
  return Deno.memoryUsage().heapUsed;
}

/** A clock whose waits of `ms` are over at once, as many as a test lets pass; others never are. */
function rounds(ms: number) {
  let left = 0;
  let done = Promise.withResolvers<void>();
  const held = new Set<() => void>();
  const wait = (run: () => void) => {
    if (left === 0) {
      held.add(run);
      return done.resolve();
    }
    left--;
    setImmediate(run);
  };
  const clock: Clock = {
    now: () => 0,
    after(given, run) {
      let cancelled = false;
      const unless = () => {
        if (!cancelled) run();
      };
      if (given === ms) wait(unless);
      return () => {
        cancelled = true;
        held.delete(unless);
      };
    },
  };
  return {
    clock,
    async pass(times: number): Promise<void> {
      left = times;
      done = Promise.withResolvers();
      for (const run of held) {
        held.delete(run);
        wait(run);
      }
      await done.promise;
    },
  };
}

/** Gives how many bytes a round keeps. */
async function keptOf(time: { pass(times: number): Promise<void> }): Promise<number> {
  await time.pass(ROUNDS / 10);
  const before = await heap();
  await time.pass(ROUNDS);
  return (await heap() - before) / ROUNDS;
}

Deno.test("a lease that is held for long keeps nothing of its renewals", async () => {
  const time = rounds(10_000);
  const stop = new AbortController();
  const held = holdLease({
    bucket: new MemoryBucket(),
    key: "lease",
    holder: "a",
    clock: time.clock,
    signal: stop.signal,
    lead: (signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
  });
  const kept = await keptOf(time);
  stop.abort();
  await held;
  assert.ok(kept < KEPT, `${kept} bytes a renewal`);
});

Deno.test("a shared source that stays as it is keeps nothing of the looks at it", async () => {
  const time = rounds(5_000);
  const stop = new AbortController();
  const cache = {
    system: new MemoryBucket(),
    leases: new MemoryBucket(),
    leaseTtl: 60_000,
    maxValueBytes: 1024 * 1024,
  };
  const files = new Map([["a.yaml", "a: 1"]]);
  const source = sharedSource({
    name: "git",
    source: () => ({
      name: "git",
      status: () => ({ name: "git" }),
      async *snapshots(signal) {
        yield { revision: "r1", files, problems: [] };
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        );
      },
    }),
    cache,
    node: "a",
    clock: time.clock,
    lookEvery: 5_000,
  });
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  assert.equal((await snapshots.next()).value?.revision, "r1");
  const more = snapshots.next();
  const kept = await keptOf(time);
  stop.abort();
  await more;
  assert.ok(kept < KEPT, `${kept} bytes a look`);
});
