import assert from "assert";
import { type RunResult, WorkQueue } from "../../../../operator/engine/work_queue.ts";
import { ManualClock } from "../../manual_clock.ts";

/** A queue whose runs end when the test says so. */
function queue(workers = 1) {
  const clock = new ManualClock();
  const runs: { key: string; end(result?: RunResult): Promise<void> }[] = [];
  const work = new WorkQueue({
    workers,
    clock,
    random: () => 0,
    run: (key) => {
      const { promise, resolve } = Promise.withResolvers<RunResult>();
      runs.push({
        key,
        end: async (result = { next: "done" }) => {
          resolve(result);
          await new Promise(setImmediate);
        },
      });
      return promise;
    },
  });
  return { work, clock, runs, keys: () => runs.map(({ key }) => key) };
}

const setImmediate = (done: (value: unknown) => void) => setTimeout(done, 0);

Deno.test("queue: a key that waits is there once", () => {
  const { work, keys } = queue(4);
  work.add("a");
  work.add("a");
  work.start();
  assert.deepEqual(keys(), ["a"]);
});

Deno.test("queue: no more run at once than there are workers, first come first", async () => {
  const { work, keys, runs } = queue(2);
  for (const key of ["a", "b", "c"]) work.add(key);
  work.start();
  assert.deepEqual([keys(), work.depth], [["a", "b"], 1]);
  await runs[0]!.end();
  assert.deepEqual([keys(), work.depth], [["a", "b", "c"], 0]);
});

Deno.test("queue: a key that is added while it runs is run once more after, never twice at once", async () => {
  const { work, keys, runs } = queue(4);
  work.start();
  work.add("a");
  work.add("a");
  work.add("a");
  assert.deepEqual(keys(), ["a"]);
  await runs[0]!.end();
  assert.deepEqual(keys(), ["a", "a"]);
  await runs[1]!.end();
  assert.deepEqual(keys(), ["a", "a"]);
});

Deno.test("queue: retries wait longer and longer; a success starts anew", async () => {
  const { work, clock, runs } = queue();
  work.start();
  work.add("a");
  const waits: number[] = [];
  for (const next of ["retry", "retry", "retry", "done"] as const) {
    const count = runs.length;
    await runs.at(-1)!.end({ next });
    let waited = 0;
    for (; runs.length === count && waited < 5000; waited += 125) clock.advance(125);
    waits.push(waited);
  }
  // With no chance in it, half of 250, 500 and 1,000 ms.
  assert.deepEqual(waits, [125, 250, 500, 5000]);
});

Deno.test("queue: an event runs a key that waits for its retry at once", async () => {
  const { work, clock, runs } = queue();
  work.start();
  work.add("a");
  await runs[0]!.end({ next: "retry" });
  work.add("a");
  assert.equal(runs.length, 2);
  await runs[1]!.end();
  clock.advance(60_000);
  assert.equal(runs.length, 2);
});

Deno.test("queue: the sooner of two later runs counts", async () => {
  const { work, clock, runs } = queue();
  work.start();
  work.addAfter("a", 1000);
  work.addAfter("a", 5000);
  work.addAfter("a", 500);
  clock.advance(500);
  assert.equal(runs.length, 1);
  await runs[0]!.end();
  clock.advance(10_000);
  assert.equal(runs.length, 1);
});

Deno.test("queue: the age is that of the key that waits longest", () => {
  const { work, clock } = queue();
  assert.equal(work.age, 0);
  work.add("a");
  clock.advance(300);
  work.add("b");
  assert.equal(work.age, 300);
});

Deno.test("queue: stop waits for what runs, and starts nothing more", async () => {
  const { work, runs, keys, clock } = queue();
  work.start();
  work.add("a");
  work.add("b");
  let stopped = false;
  const stopping = work.stop().then(() => stopped = true);
  work.addAfter("c", 10);
  await Promise.resolve();
  assert.equal(stopped, false);
  await runs[0]!.end({ next: "retry" });
  await stopping;
  clock.advance(60_000);
  assert.deepEqual(keys(), ["a"]);
});
