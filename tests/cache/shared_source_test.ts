import assert from "assert";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import type { Bucket } from "../../shared/cache/bucket.ts";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import { openNatsCache } from "../../shared/cache/nats_cache.ts";
import type { SharedCache } from "../../shared/cache/shared_cache.ts";
import { systemClock } from "../../shared/clock.ts";
import { sharedSource, type SharedSourceOptions } from "../../shared/sources/shared_source.ts";
import { SnapshotBucket } from "../../shared/sources/snapshot_bucket.ts";
import type { Snapshot, Source, SourceStatus } from "../../shared/sources/source.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { natsServer } from "./nats_server.ts";

const snapshot = (revision: string, files: Record<string, string>): Snapshot => ({
  revision,
  files: new Map(Object.entries(files)),
  problems: [],
});

/** A term that is never over. */
const term = (id = "t") => ({ id, signal: new AbortController().signal });

/** A source that a test tells what to give, and that counts who reads it. */
function heldSource(first: Snapshot) {
  const readers = new Set<(snapshot: Snapshot) => void>();
  let now = first;
  let read = 0;
  const source = (observe: (status: SourceStatus) => void): Source => ({
    name: "git",
    status: () => ({ name: "git" }),
    async *snapshots(signal) {
      read++;
      const queue = [now];
      let wake = () => {};
      const tell = (snapshot: Snapshot) => (queue.push(snapshot), wake());
      readers.add(tell);
      signal.addEventListener("abort", () => wake());
      try {
        while (!signal.aborted) {
          const next = queue.shift();
          if (next === undefined) await new Promise<void>((resolve) => wake = resolve);
          else {
            observe({ name: "git", revision: next.revision, lastSuccess: new Date(0) });
            yield next;
          }
        }
      } finally {
        readers.delete(tell);
      }
    },
  });
  return {
    source,
    set(snapshot: Snapshot) {
      now = snapshot;
      for (const tell of readers) tell(snapshot);
    },
    reads: () => read,
    readers: () => readers.size,
  };
}

/** A process that shares the cache. */
function node(
  cache: Omit<SharedCache, "runtime" | "close">,
  name: string,
  source: ReturnType<typeof heldSource>["source"],
  more: Partial<SharedSourceOptions> = {},
) {
  const stop = new AbortController();
  const shared = sharedSource({
    name: "git",
    source,
    cache,
    node: name,
    clock: systemClock,
    ...more,
  });
  const snapshots = shared.snapshots(stop.signal)[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<Snapshot>> | undefined;
  return {
    shared,
    /** Reads on until a snapshot is of this revision. */
    async until(revision: string): Promise<Snapshot> {
      for (;;) {
        pending ??= snapshots.next();
        const { value, done } = await pending;
        pending = undefined;
        if (done) throw new Error(`it ended before ${revision}`);
        if (value?.revision === revision) return value;
      }
    },
    async stop() {
      stop.abort();
      await pending;
      await snapshots.return?.();
    },
  };
}

Deno.test("NATS: one process reads the source, all have its files, and another one takes over", async () => {
  await using server = await natsServer();
  const open = () => openNatsCache({ url: server.url, bucket: "test" });
  const [one, two] = [await open(), await open()];
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1", "b.yaml": "b: 1" }));
  const a = node(one, "a", git.source);
  assert.deepEqual((await a.until("r1")).files, new Map([["a.yaml", "a: 1"], ["b.yaml", "b: 1"]]));
  const b = node(two, "b", git.source);
  assert.equal((await b.until("r1")).files.get("a.yaml"), "a: 1");
  assert.equal(git.reads(), 1);

  git.set(snapshot("r2", { "a.yaml": "a: 2" }));
  assert.deepEqual((await b.until("r2")).files, new Map([["a.yaml", "a: 2"]]));
  await a.until("r2");

  await a.stop();
  git.set(snapshot("r3", { "a.yaml": "a: 3" }));
  assert.equal((await b.until("r3")).files.get("a.yaml"), "a: 3");
  assert.equal(git.reads(), 2);
  await b.stop();
  assert.equal(git.readers(), 0);
  await Promise.all([one.close(), two.close()]);
});

Deno.test("NATS: who starts while the source is down serves what was read last", async () => {
  await using server = await natsServer();
  const cache = await openNatsCache({ url: server.url, bucket: "test" });
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const a = node(cache, "a", git.source);
  await a.until("r1");
  await a.stop();
  await cache.close();
  await server.kill();
  await server.start();

  const again = await openNatsCache({ url: server.url, bucket: "test" });
  const down = heldSource({
    ...snapshot("", {}),
    problems: [{ file: "git", message: "cannot be reached" }],
  });
  const b = node(again, "b", down.source);
  assert.equal((await b.until("r1")).files.get("a.yaml"), "a: 1");
  await b.stop();
  await again.close();
});

Deno.test("NATS: a text that is longer than a value, and nothing is left of what is not used", async () => {
  await using server = await natsServer();
  const cache = await openNatsCache({ url: server.url, bucket: "test" });
  const kept = new SnapshotBucket({
    bucket: cache.system,
    source: "git",
    maxValueBytes: cache.maxValueBytes,
  });
  const long = "zö".repeat(2_000_000);
  let at = await kept.write(
    snapshot("r1", { "long.yaml": long, "a.yaml": "a: 1" }),
    term(),
    undefined,
  );
  const reader = new SnapshotBucket({
    bucket: cache.system,
    source: "git",
    maxValueBytes: 2 ** 20,
  });
  const read = async () => (await reader.read((await cache.system.get(kept.headKey))!))!;
  assert.equal((await read()).files.get("long.yaml"), long);
  for (const revision of ["r2", "r3"]) {
    at = await kept.write(snapshot(revision, { "a.yaml": revision }), term(), at);
    assert.equal((await read()).files.get("a.yaml"), revision);
  }
  const left = (await cache.system.keys(kept.headKey.replace(".head", ".blob"))).length;
  assert.equal(left, 4, "two snapshots with a text each");
  await cache.close();
});

Deno.test("what a former leader still writes is refused", async () => {
  const bucket = new MemoryBucket();
  const former = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
  const at = await former.write(snapshot("r1", { "a.yaml": "1" }), term("former"), undefined);
  const next = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
  const claimed = await next.claim(term("next"));
  assert.equal(
    await former.write(snapshot("old", { "a.yaml": "old" }), term("former"), at),
    undefined,
  );
  assert.ok(await next.write(snapshot("r2", { "a.yaml": "2" }), term("next"), claimed));
  const read = await next.read((await bucket.get(next.headKey))!);
  assert.equal(read?.revision, "r2");
});

for (const allowEmpty of [false, true]) {
  Deno.test(
    `who starts after the source became empty gets ${
      allowEmpty ? "nothing, where it may be" : "what it gave before"
    }`,
    async () => {
      const { bucket, cache } = memoryCache();
      const kept = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
      const versions = bucket.watch(kept.headKey, AbortSignal.timeout(60_000));
      const git = heldSource(snapshot("r1", { "a.yaml": "apiVersion: genkit.dev/v1alpha1" }));
      const a = node(cache, "a", git.source, { allowEmpty });
      await a.until("r1");
      git.set(snapshot("r2", {}));
      const expected = allowEmpty ? [] : ["a.yaml"];
      for await (const _ of versions) {
        const last = await kept.last();
        if (last?.revision === "r2" || last?.problems.length) break;
      }
      const b = node(cache, "b", git.source, { allowEmpty });
      const { files, problems } = await b.until(allowEmpty ? "r2" : "r1");
      assert.deepEqual([...files.keys()], expected);
      const said = 'it is empty (revision "r2"), so what it gave last stays (revision "r1"); ' +
        "set allowEmpty where it may be empty";
      assert.deepEqual(problems, allowEmpty ? [] : [{ file: "git", message: said }]);
      await Promise.all([a.stop(), b.stop()]);
    },
  );
}

Deno.test("problems, warnings and the source's status are told to all", async () => {
  const bucket = new MemoryBucket();
  const kept = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
  const given: Snapshot = {
    ...snapshot("r1", { "a.yaml": "1" }),
    problems: [{ file: "b.yaml", line: 2, column: 3, message: "is wrong" }],
    warnings: [{ file: "c", message: "is a submodule" }],
  };
  await kept.write(given, term(), undefined);
  const other = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
  assert.deepEqual(await other.read((await bucket.get(kept.headKey))!), given);
  assert.equal(await other.readStatus(), undefined);
  const status = {
    revision: "r1",
    lastSuccess: new Date(5),
    lastError: { at: new Date(7), message: "gone" },
    nextPoll: new Date(9),
  };
  await kept.writeStatus({ name: "git", ...status }, term());
  assert.deepEqual(await other.readStatus(), { status });

  await other.claim(term("next"));
  await kept.writeStatus({ name: "git", revision: "of the former leader" }, term());
  assert.equal(await kept.readStatus(), undefined);
  await other.writeStatus({ name: "git", revision: "r2" }, term("next"));
  assert.deepEqual(await kept.readStatus(), { status: { revision: "r2" } });
});

Deno.test("a node that would read something else under the name is told so, until it leads", async () => {
  const { cache } = memoryCache({});
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const a = node(cache, "a", git.source, { reads: '{"path":"prod"}', lookEvery: 10 });
  await a.until("r1");
  const b = node(cache, "b", git.source, { reads: '{"path":"test"}', lookEvery: 10 });
  const c = node(cache, "c", git.source, { reads: '{"path":"prod"}', lookEvery: 10 });
  await Promise.all([b.until("r1"), c.until("r1")]);
  const told = async (wanted: boolean) => {
    while ((b.shared.status().lastError !== undefined) !== wanted) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return b.shared.status().lastError?.message;
  };
  assert.equal(
    await told(true),
    'Cannot read git by its own settings: the node that leads reads {"path":"prod"}, and this one ' +
      'should {"path":"test"}; sources of one name should be the same on all nodes',
  );
  assert.equal(a.shared.status().lastError, undefined);
  assert.equal(c.shared.status().lastError, undefined);
  await Promise.all([a.stop(), c.stop()]);
  await told(false);
  await b.stop();
});

Deno.test("what a former leader still takes away does not go from the next one's snapshot", async () => {
  const bucket = new MemoryBucket();
  const source = { bucket, source: "git", maxValueBytes: 2 ** 20 };
  const over = new AbortController();
  const former = { id: "former", signal: over.signal };
  // Its connection falls silent as it takes away what is not used any more.
  const silent = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const old = new SnapshotBucket({
    ...source,
    bucket: Object.assign(Object.create(bucket), {
      get: bucket.get.bind(bucket),
      put: bucket.put.bind(bucket),
      create: bucket.create.bind(bucket),
      update: bucket.update.bind(bucket),
      keys: bucket.keys.bind(bucket),
      async delete(key: string, revision?: number) {
        reached.resolve();
        await silent.promise;
        await bucket.delete(key, revision);
      },
    }),
  });
  let at = await old.write(snapshot("r1", { "a.yaml": "1" }), former, undefined);
  at = await old.write(snapshot("r2", { "a.yaml": "2" }), former, at);
  const sweeping = old.write(snapshot("r3", { "a.yaml": "3" }), former, at);
  await reached.promise;
  over.abort();

  const next = new SnapshotBucket(source);
  const claimed = await next.claim(term("next"));
  assert.ok(await next.write(snapshot("r4", { "a.yaml": "1" }), term("next"), claimed));
  silent.resolve();
  await sweeping;
  const reader = new SnapshotBucket(source);
  const read = await reader.read((await bucket.get(reader.headKey))!);
  assert.equal(read?.files.get("a.yaml"), "1");
});

Deno.test("who is no leader any more takes the head from nobody", async () => {
  const bucket = new MemoryBucket();
  const kept = new SnapshotBucket({ bucket, source: "git", maxValueBytes: 2 ** 20 });
  await kept.write(snapshot("r1", { "a.yaml": "1" }), term(), undefined);
  const head = await bucket.get(kept.headKey);
  await assert.rejects(kept.claim({ id: "late", signal: AbortSignal.abort() }), /abort/);
  assert.deepEqual(await bucket.get(kept.headKey), head);
});

/** Caches in this process, with the system bucket's methods as given. */
function memoryCache(system: Partial<MemoryBucket> = {}) {
  const bucket = new MemoryBucket();
  const bound: Bucket = {
    get: (key) => bucket.get(key),
    put: (key, value) => bucket.put(key, value),
    create: (key, value) => bucket.create(key, value),
    update: (key, value, revision) => bucket.update(key, value, revision),
    delete: (key, revision) => bucket.delete(key, revision),
    keys: (prefix) => bucket.keys(prefix),
    watch: (key, signal) => bucket.watch(key, signal),
    ...system,
  };
  const leases = new MemoryBucket();
  return { bucket, cache: { leaseTtl: 60_000, maxValueBytes: 1024 * 1024, leases, system: bound } };
}

Deno.test("a cache that takes nothing is said, and the source is not read again at once", async () => {
  const { cache } = memoryCache({
    put: () => Promise.reject(new Error("maximum bytes exceeded")),
  });
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const lost = Promise.withResolvers<string>();
  const a = node(cache, "a", git.source, {
    // It stands still: only what is done at once is done.
    clock: new ManualClock(),
    observe: (event) => event.type === "lost" && lost.resolve(event.reason),
  });
  const reading = a.until("r1").catch(() => {});
  const message = 'Cannot write revision "r1" of git into the cache: maximum bytes exceeded';
  assert.equal(await lost.promise, message);
  assert.equal(a.shared.status().lastError?.message, message);
  // Whatever would be done at once.
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(git.reads(), 1);
  await a.stop();
  await reading;
});

Deno.test("what another version wrote into the cache is said, and written over by the next snapshot", async () => {
  const { bucket, cache } = memoryCache();
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const a = node(cache, "a", git.source, { lookEvery: 20 });
  const b = node(cache, "b", git.source, { lookEvery: 20 });
  await Promise.all([a.until("r1"), b.until("r1")]);
  const key = (await bucket.keys("source")).find((each) => each.endsWith(".head"))!;
  await bucket.put(key, new TextEncoder().encode('{"form":2}'));
  const both = [a.until("r2"), b.until("r2")];
  while (a.shared.status().lastError === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.match(a.shared.status().lastError!.message, /from the cache: .* of another version/);
  git.set(snapshot("r2", { "a.yaml": "a: 2" }));
  for (const { files } of await Promise.all(both)) assert.equal(files.get("a.yaml"), "a: 2");
  assert.equal(b.shared.status().lastError, undefined);
  await Promise.all([a.stop(), b.stop()]);
});

Deno.test("NATS: buckets that are lost are made anew, and all go on", async () => {
  await using server = await natsServer();
  const open = () => openNatsCache({ url: server.url, bucket: "test", leaseTtl: 3_000 });
  const [one, two] = [await open(), await open()];
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const a = node(one, "a", git.source, { lookEvery: 200 });
  const b = node(two, "b", git.source, { lookEvery: 200 });
  await Promise.all([a.until("r1"), b.until("r1")]);
  const connection = await connect({ servers: server.url });
  const kvm = new Kvm(connection);
  for (const name of ["system", "runtime", "leases"]) {
    await (await kvm.open(`test-${name}`)).destroy();
  }
  await connection.close();
  git.set(snapshot("r2", { "a.yaml": "a: 2" }));
  const [{ files }] = await Promise.all([a.until("r2"), b.until("r2")]);
  assert.equal(files.get("a.yaml"), "a: 2");
  await Promise.all([a.stop(), b.stop()]);
  await Promise.all([one.close(), two.close()]);
});

Deno.test("NATS: a bucket that somebody cleared is filled again, though the source stays as it is", async () => {
  await using server = await natsServer();
  const cache = await openNatsCache({ url: server.url, bucket: "test", leaseTtl: 3_000 });
  const git = heldSource(snapshot("r1", { "a.yaml": "a: 1" }));
  const a = node(cache, "a", git.source, { lookEvery: 200 });
  await a.until("r1");
  const connection = await connect({ servers: server.url });
  const kv = await new Kvm(connection).open("test-system");
  for (const key of await Array.fromAsync(await kv.keys())) await kv.purge(key);
  await connection.close();
  const second = a.until("r2");
  const b = node(cache, "b", git.source, { lookEvery: 200 });
  assert.equal((await b.until("r1")).files.get("a.yaml"), "a: 1");
  git.set(snapshot("r2", { "a.yaml": "a: 2" }));
  await Promise.all([second, b.until("r2")]);
  await Promise.all([a.stop(), b.stop()]);
  await cache.close();
});
