import assert from "assert";
import { FetchFailure } from "../../../shared/sources/fetcher.ts";
import { type PollingOptions, pollingSource } from "../../../shared/sources/polling_source.ts";
import type { Snapshot, SourceStatus } from "../../../shared/sources/source.ts";
import { ManualClock } from "../manual_clock.ts";

const MINUTE = 60_000;

function snapshot(revision: string): Snapshot {
  return { revision, files: new Map([["a.yaml", revision]]), problems: [] };
}

/** A source whose readings a test answers one by one, by hand. */
function polled(options: Partial<PollingOptions> = {}) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const statuses: SourceStatus[] = [];
  let asked = Promise.withResolvers<void>();
  let observed = Promise.withResolvers<void>();
  let answer: (value: Snapshot | undefined | Error) => void = () => {};
  const source = pollingSource({
    name: "flows",
    interval: MINUTE,
    timeout: 10_000,
    clock,
    date: () => new Date(clock.now()),
    random: () => 0.5,
    observe: (status) => {
      statuses.push(status);
      observed.resolve();
    },
    fetcher: {
      fetch: () =>
        new Promise((resolve, reject) => {
          answer = (value) => value instanceof Error ? reject(value) : resolve(value);
          asked.resolve();
        }),
    },
    ...options,
  });
  const iterator = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  let next = iterator.next();
  return {
    clock,
    source,
    statuses,
    stop,
    /** Waits for the source to be asked, and answers. */
    async answer(value: Snapshot | undefined | Error): Promise<void> {
      await asked.promise;
      asked = Promise.withResolvers();
      answer(value);
      await observed.promise;
      observed = Promise.withResolvers();
    },
    async next(): Promise<Snapshot> {
      const { value, done } = await next;
      next = iterator.next();
      next.catch(() => {});
      assert(!done, "the snapshots ended");
      return value;
    },
    ended: async () => (await next).done === true,
    asked: () => asked.promise,
    /** Lets what follows an answer happen, until the source waits. */
    async waits(): Promise<void> {
      for (let turn = 0; clock.pending === 0; turn++) {
        assert.ok(turn < 1000, "the source does not wait");
        await Promise.resolve();
      }
    },
  };
}

Deno.test("a source is read at once, and again after each interval", async () => {
  const flows = polled();
  await flows.answer(snapshot("1"));
  assert.equal((await flows.next()).revision, "1");
  assert.deepEqual(flows.source.status(), {
    name: "flows",
    revision: "1",
    lastSuccess: new Date(0),
    nextPoll: new Date(MINUTE),
  });

  await flows.waits();
  flows.clock.advance(MINUTE);
  await flows.answer(undefined);
  await flows.waits();
  assert.equal(flows.source.status().lastSuccess?.getTime(), MINUTE);
  flows.clock.advance(MINUTE);
  await flows.answer(snapshot("2"));
  assert.equal((await flows.next()).revision, "2");
  flows.stop.abort();
  assert.equal(await flows.ended(), true);
});

Deno.test("the interval is longer or shorter by chance, by a tenth at most", async () => {
  for (const [chance, wait] of [[0, 54_000], [0.5, 60_000], [0.999999, 66_000]] as const) {
    const flows = polled({ random: () => chance });
    await flows.answer(snapshot("1"));
    assert.equal(flows.source.status().nextPoll?.getTime(), wait);
    flows.stop.abort();
  }
});

Deno.test("a first failure ends the snapshots, or is told by one where it is to go on", async () => {
  const strict = polled();
  await strict.answer(new Error("Cannot read flows"));
  await assert.rejects(strict.next(), /Cannot read flows/);

  const patient = polled({ firstFailure: "retry" });
  await patient.answer(new Error("Cannot read flows"));
  const { revision, files, problems } = await patient.next();
  assert.deepEqual([revision, files.size], ["", 0]);
  assert.deepEqual(problems, [{ file: "flows", message: "Cannot read flows" }]);
  await patient.waits();
  patient.clock.advance(5_000);
  await patient.answer(snapshot("1"));
  assert.deepEqual((await patient.next()).problems, []);
  patient.stop.abort();
});

Deno.test("while a source cannot be read its last files stay; the reason is told once", async () => {
  const flows = polled();
  await flows.answer(snapshot("1"));
  await flows.next();
  const gone = new FetchFailure("Unreachable", "Cannot read flows: it is gone");

  let failed: Snapshot | undefined;
  const waits = [];
  for (const failure of [gone, gone, gone, gone, gone, gone]) {
    await flows.waits();
    flows.clock.advance(MINUTE);
    await flows.answer(failure);
    waits.push(flows.source.status().nextPoll!.getTime() - flows.clock.now());
    failed ??= await flows.next();
  }
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, MINUTE, MINUTE]);
  assert.deepEqual([failed?.revision, failed?.files.get("a.yaml")], ["1", "1"]);
  assert.deepEqual(failed?.problems, [{ file: "flows", message: gone.message }]);
  assert.equal(flows.source.status().lastError?.message, gone.message);
  assert.equal(flows.source.status().lastSuccess?.getTime(), 0);

  await flows.waits();
  flows.clock.advance(MINUTE);
  await flows.answer(undefined);
  const back = await flows.next();
  assert.deepEqual([back.revision, back.problems], ["1", []]);
  assert.equal(flows.source.status().lastError, undefined);
  flows.stop.abort();
});

Deno.test("a server that asks to be left alone is, for an hour at most", async () => {
  for (const [asked, wait] of [[90_000, 90_000], [1e12, 60 * MINUTE]] as const) {
    const flows = polled({ firstFailure: "retry" });
    await flows.answer(new FetchFailure("Unreachable", "429", { retryAfter: asked }));
    assert.equal(flows.source.status().nextPoll?.getTime(), wait);
    flows.stop.abort();
  }
});

Deno.test("without watching there is one snapshot", async () => {
  const flows = polled({ watch: false });
  await flows.answer(snapshot("1"));
  await flows.next();
  assert.equal(await flows.ended(), true);
  assert.equal(flows.source.status().nextPoll, undefined);
});

Deno.test("a reading that does not end in time is a failure", async () => {
  const flows = polled();
  await flows.asked();
  flows.clock.advance(10_000);
  await assert.rejects(flows.next(), { message: "Cannot read flows: it took longer than 10 s" });
});

Deno.test("the end of the signal is no error, also while the source is being read", async () => {
  const flows = polled();
  await flows.asked();
  flows.stop.abort();
  assert.equal(await flows.ended(), true);
});
