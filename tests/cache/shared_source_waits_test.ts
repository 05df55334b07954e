import assert from "assert";
import type { BucketChange } from "../../shared/cache/bucket.ts";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import { sharedSource } from "../../shared/sources/shared_source.ts";
import { countedPromise } from "../unit/counted_promise.ts";
import { ManualClock } from "../unit/manual_clock.ts";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A process that follows; another one holds the lease. */
async function follower(system: MemoryBucket) {
  const [clock, leases, stop] = [new ManualClock(), new MemoryBucket(), new AbortController()];
  const create = leases.create.bind(leases);
  leases.create = async (key, value) => (await create(key, value), undefined);
  const source = sharedSource({
    name: "git",
    source: () => ({ name: "git", status: () => ({ name: "git" }), async *snapshots() {} }),
    cache: { system, leases, leaseTtl: 60_000, maxValueBytes: 1_000_000 },
    node: "a",
    clock,
    random: () => 0.5,
  });
  const following = (async () => {
    for await (const _ of source.snapshots(stop.signal));
  })();
  await settled();
  const end = () => (stop.abort(), following);
  return { clock, end };
}

Deno.test("looks at a cache in which nothing changes leave nothing behind", async () => {
  const system = new MemoryBucket();
  const change = countedPromise<IteratorResult<BucketChange>>();
  let looks = 0;
  system.get = () => (looks++, Promise.resolve(undefined));
  system.watch = () =>
    ({
      [Symbol.asyncIterator]: () => ({ next: () => change.promise }),
    }) as unknown as ReturnType<MemoryBucket["watch"]>;
  const { clock, end } = await follower(system);
  const before = [change.waits(), clock.pending];
  for (let i = 0; i < 20; i++) {
    clock.advance(10_000);
    await settled();
  }
  assert.ok(looks >= 20, `${looks} looks`);
  assert.deepEqual([change.waits(), clock.pending], before);
  await end();
  assert.equal(clock.pending, 0);
});

Deno.test("changes leave no timer behind", async () => {
  const system = new MemoryBucket();
  const seen = Promise.withResolvers<string>();
  const watch = system.watch.bind(system);
  let watched = "";
  system.watch = (key, signal) => (seen.resolve(watched = key), watch(key, signal));
  const { clock, end } = await follower(system);
  await seen.promise;
  const { pending } = clock;
  for (let i = 0; i < 20; i++) {
    await system.put(watched, new TextEncoder().encode(`not a head ${i}`));
    await settled();
  }
  assert.equal(clock.pending, pending);
  await end();
});
