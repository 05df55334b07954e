import assert from "assert";
import { holdLease, type LeaseEvent } from "../../shared/cache/lease.ts";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import { openNatsCache } from "../../shared/cache/nats_cache.ts";
import { systemClock } from "../../shared/clock.ts";
import { countedPromise } from "../unit/counted_promise.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { natsServer } from "./nats_server.ts";

/** A process that waits for a lease, and what befalls it. */
function contender(bucket: MemoryBucket, holder: string, clock: ManualClock) {
  const events: LeaseEvent["type"][] = [];
  const stop = new AbortController();
  const waiting: (() => void)[] = [];
  let inside = false;
  const ended = holdLease({
    bucket,
    key: "lease",
    holder,
    clock,
    signal: stop.signal,
    random: () => 0.5,
    observe: ({ type }) => {
      events.push(type);
      for (const wake of waiting.splice(0)) wake();
    },
    async lead(signal) {
      inside = true;
      await new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve())
      );
      inside = false;
    },
  });
  return {
    events,
    stop: () => stop.abort(),
    ended,
    leads: () => inside,
    async saw(type: LeaseEvent["type"]) {
      while (!events.includes(type)) await new Promise<void>((wake) => waiting.push(wake));
    },
  };
}

/** Lets everything happen that needs no time. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("one leads, and the next one at once when it stops", async () => {
  const [bucket, clock] = [new MemoryBucket(), new ManualClock()];
  const a = contender(bucket, "a", clock);
  await a.saw("elected");
  const b = contender(bucket, "b", clock);
  for (let i = 0; i < 20; i++) {
    await settled();
    clock.advance(10_000);
  }
  assert.deepEqual([a.leads(), b.leads(), b.events], [true, false, []]);
  a.stop();
  await a.ended;
  await b.saw("elected");
  assert.deepEqual(a.events, ["elected", "released"]);
  b.stop();
  await b.ended;
  assert.equal(await bucket.get("lease"), undefined);
});

Deno.test("who finds another's name in the lease stops at once", async () => {
  const [bucket, clock] = [new MemoryBucket(), new ManualClock()];
  const a = contender(bucket, "a", clock);
  await a.saw("elected");
  await bucket.put("lease", new TextEncoder().encode("b"));
  await settled();
  clock.advance(10_000);
  await a.saw("lost");
  await settled();
  assert.equal(a.leads(), false);
  assert.equal(new TextDecoder().decode((await bucket.get("lease"))!.value), "b", "it is b's");
  a.stop();
  await a.ended;
});

Deno.test("who gets no answer stops long before the lease goes by itself", async () => {
  const [bucket, clock] = [new MemoryBucket(), new ManualClock()];
  const a = contender(bucket, "a", clock);
  await a.saw("elected");
  bucket.update = () => new Promise(() => {});
  await settled();
  clock.advance(10_000);
  await settled();
  assert.equal(a.leads(), true);
  clock.advance(10_000);
  await a.saw("lost");
  await settled();
  assert.equal(a.leads(), false, "after 20 of the 60 seconds");
  a.stop();
  await a.ended;
});

Deno.test("who fails at once tells why, lets others try, and waits before it tries again", async () => {
  const bucket = new MemoryBucket();
  const clock = new ManualClock();
  const stop = new AbortController();
  let tries = 0;
  const events: string[] = [];
  const ended = holdLease({
    bucket,
    key: "lease",
    holder: "a",
    clock,
    signal: stop.signal,
    random: () => 0.5,
    observe: (event) => events.push("reason" in event ? event.reason : event.type),
    lead: () => Promise.reject(new Error(`no room ${++tries}`)),
  });
  const turns = async () => {
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await turns();
  assert.deepEqual(events, ["elected", "no room 1"]);
  assert.equal(await bucket.get("lease"), undefined);
  clock.advance(10_000);
  await turns();
  assert.deepEqual(events, ["elected", "no room 1", "elected", "no room 2"]);
  stop.abort();
  await ended;
});

Deno.test("renewals and looks leave nothing behind, however long a lease is held or waited for", async () => {
  const [bucket, clock, stop] = [new MemoryBucket(), new ManualClock(), new AbortController()];
  const work = countedPromise<void>();
  const { signal } = stop;
  const leading = holdLease({
    bucket,
    key: "lease",
    holder: "a",
    clock,
    signal,
    lead: () => work.promise,
  });
  const waiting = contender(bucket, "b", clock);
  await settled();
  const [waits, timers] = [work.waits(), clock.pending];
  for (let i = 0; i < 20; i++) {
    clock.advance(10_000);
    await settled();
  }
  assert.deepEqual([work.waits(), clock.pending], [waits, timers]);
  assert.equal(timers, 2, "one each");
  waiting.stop();
  stop.abort();
  work.resolve();
  await Promise.all([leading, waiting.ended]);
  assert.equal(clock.pending, 0);
});

Deno.test("NATS: a lease whose holder falls silent goes by itself, and another one leads", async () => {
  await using server = await natsServer();
  const open = () => openNatsCache({ url: server.url, bucket: "test", leaseTtl: 1_000 });
  const [one, two] = [await open(), await open()];
  const stop = new AbortController();
  const lead = (elected: () => void) => async (signal: AbortSignal) => {
    elected();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  const common = { key: "lease", signal: stop.signal, clock: systemClock, renewEvery: 1_000 };
  const silent = { ...one.leases };
  const first = Promise.withResolvers<void>();
  const a = holdLease({ ...common, bucket: silent, holder: "a", lead: lead(first.resolve) });
  await first.promise;
  // From now on nothing of the first one arrives, as if it were cut off.
  silent.create = silent.update = () => new Promise<never>(() => {});
  const second = Promise.withResolvers<void>();
  const b = holdLease({ ...common, bucket: two.leases, holder: "b", lead: lead(second.resolve) });
  await second.promise;
  stop.abort();
  await Promise.all([a, b]);
  await Promise.all([one.close(), two.close()]);
});

Deno.test("a lease that is free and cannot be taken is not tried in a circle", async () => {
  const [bucket, clock] = [new MemoryBucket(), new ManualClock()];
  let tries = 0;
  bucket.create = () => {
    tries++;
    return Promise.reject(new Error("no space left"));
  };
  bucket.watch = () => {
    throw new Error("no space left");
  };
  const a = contender(bucket, "a", clock);
  for (let i = 0; i < 20; i++) await settled();
  assert.equal(tries, 2, "once more, as it may have been given back meanwhile");
  clock.advance(10_000);
  for (let i = 0; i < 20; i++) await settled();
  assert.equal(tries, 3);
  a.stop();
  await a.ended;
});
