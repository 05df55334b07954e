import assert from "assert";
import { MemoryBucket } from "../../../../shared/cache/memory_bucket.ts";
import { process, settled, sharedState } from "./scheduling.ts";

const EACH_MINUTE = { cron: "* * * * *" };

Deno.test("a flow runs at its times with its input, and its state is told", async () => {
  const shared = sharedState();
  const a = process(shared);
  await a.schedule({ cron: "*/2 * * * *", timeZone: "Europe/Berlin", input: { name: "Ada" } });
  await shared.pass(250);
  assert.deepEqual(a.ran(), ["09:02:00", "09:04:00"]);
  assert.deepEqual(a.runs[0]!.input, { name: "Ada" });
  assert.deepEqual(await a.state(), {
    flow: "f",
    cron: "*/2 * * * *",
    timeZone: "Europe/Berlin",
    next: "2026-03-02T09:06:00.000Z",
    node: "a",
    last: {
      due: "2026-03-02T09:04:00.000Z",
      started: "2026-03-02T09:04:00.000Z",
      ended: "2026-03-02T09:04:00.000Z",
      node: "a",
      outcome: "success",
    },
    runs: 2,
    failures: 0,
    skipped: 0,
  });
  assert.deepEqual(a.outcomes, ["success", "success"]);
  const next = [["f", new Date("2026-03-02T09:06:00Z")]];
  assert.deepEqual(a.scheduler.nextRuns(), next);
  await a.scheduler.drain(0);
});

Deno.test("a record that somebody took away or wrote over does not end the schedule", async () => {
  const shared = sharedState();
  const a = process(shared);
  await a.schedule(EACH_MINUTE);
  await shared.pass(60);
  for (const value of ["{junk", "{}"]) {
    for (const key of await shared.runtime.keys("schedule")) {
      await shared.runtime.put(key, new TextEncoder().encode(value));
    }
    await shared.pass(60);
  }
  assert.deepEqual(a.ran(), ["09:01:00", "09:02:00", "09:03:00"]);
  const { runs, last } = await a.state();
  assert.deepEqual([runs, last?.due], [1, "2026-03-02T09:03:00.000Z"]);
  await a.scheduler.drain(0);
});

Deno.test("a run that fails is counted, and does not end the schedule", async () => {
  const shared = sharedState();
  const a = process(shared, { hold: true });
  await a.schedule(EACH_MINUTE);
  await shared.pass(60);
  const message = "Cannot ask the model";
  await a.finish({ status: "UNAVAILABLE", message });
  const { last, runs, failures } = await a.state();
  assert.deepEqual([last?.outcome, last?.error, runs, failures], ["failure", "UNAVAILABLE", 1, 1]);
  assert.equal(last?.message, message);
  const [line] = a.lines.filter(({ message }) => message === "a scheduled run failed");
  const { flow, due, error, reason } = line!;
  const told = ["f", "2026-03-02T09:01:00.000Z", "UNAVAILABLE", message];
  assert.deepEqual([flow, due, error, reason], told);
  await shared.pass(60);
  assert.deepEqual(a.ran(), ["09:01:00", "09:02:00"]);
  await a.finish();
  await a.scheduler.drain(0);
});

Deno.test("a time that comes while a run is going on is skipped", async () => {
  const shared = sharedState();
  const a = process(shared, { hold: true });
  await a.schedule(EACH_MINUTE);
  await shared.pass(190);
  assert.deepEqual(a.ran(), ["09:01:00"]);
  const { running, runs, skipped } = await a.state();
  assert.deepEqual([running?.due, runs, skipped], ["2026-03-02T09:01:00.000Z", 1, 2]);
  await a.finish();
  await shared.pass(60);
  assert.deepEqual(a.ran(), ["09:01:00", "09:04:00"]);
  assert.deepEqual(a.outcomes, ["skipped", "skipped", "success"]);
  await a.finish();
  await a.scheduler.drain(0);
});

Deno.test("an edit counts from now on, and leaves the run that is going on", async () => {
  const shared = sharedState();
  const a = process(shared, { hold: true });
  await a.schedule(EACH_MINUTE);
  await shared.pass(90);
  await a.schedule({ cron: "*/5 * * * *" });
  assert.equal(a.runs[0]!.signal.aborted, false);
  await a.finish();
  await shared.pass(220);
  assert.deepEqual(a.ran(), ["09:01:00", "09:05:00"]);
  await a.finish();
  const { cron, runs } = await a.state();
  assert.deepEqual([cron, runs], ["*/5 * * * *", 2]);
  // A time of the new schedule that had passed before it was there is not made up for.
  await shared.pass(10);
  await a.schedule({ cron: "10 5 9 * * *" });
  await shared.pass(5);
  assert.deepEqual(a.ran().length, 2);
  await a.scheduler.drain(0);
});

Deno.test("a flow without a schedule runs no more; its last run finishes", async () => {
  const shared = sharedState();
  const a = process(shared, { hold: true });
  await a.schedule(EACH_MINUTE);
  await shared.pass(60);
  await a.schedule();
  assert.equal(a.runs[0]!.signal.aborted, false);
  await a.finish();
  await shared.pass(180);
  assert.deepEqual([a.ran(), a.outcomes], [["09:01:00"], ["success"]]);
  assert.deepEqual(await a.scheduler.states(), []);
  assert.equal(shared.clock.pending, 0);
});

Deno.test("a process that ends waits for its run, no longer than it may", async () => {
  for (const patient of [true, false]) {
    const shared = sharedState();
    const a = process(shared, { hold: true });
    const b = process(shared, { node: "b" });
    await a.schedule(EACH_MINUTE);
    await b.schedule(EACH_MINUTE);
    await shared.pass(60);
    const drained = a.scheduler.drain(30_000);
    await shared.pass(20);
    assert.deepEqual([a.runs[0]!.signal.aborted, b.scheduler.nextRuns()], [false, []]);
    if (patient) await a.finish();
    else await shared.pass(10);
    await drained;
    await settled();
    assert.equal(b.scheduler.nextRuns().length, 1, "another one goes on at once");
    assert.deepEqual(a.outcomes, [patient ? "success" : "interrupted"]);
    await b.scheduler.drain(0);
    await shared.pass(10);
    assert.equal(shared.clock.pending, 0);
  }
});

Deno.test("of several processes one runs a flow; another goes on when it dies", async () => {
  const shared = sharedState();
  const a = process(shared);
  const b = process(shared, { node: "b" });
  await a.schedule(EACH_MINUTE);
  await b.schedule(EACH_MINUTE);
  await shared.pass(125);
  assert.deepEqual([a.ran(), b.ran()], [["09:01:00", "09:02:00"], []]);
  assert.equal((await b.state()).node, "a");
  assert.deepEqual(b.scheduler.nextRuns(), []);
  // What a dead one's lease does.
  const held = (await shared.leases.get("schedule.f"))!;
  await shared.leases.delete("schedule.f");
  await shared.leases.create("schedule.f", held.value);
  await shared.pass(10);
  assert.equal(a.lines.some(({ lease }) => lease === "lost"), true);
  await shared.leases.delete("schedule.f");
  await settled();
  await shared.pass(60);
  const all = [...a.ran(), ...b.ran()];
  assert.deepEqual(all.toSorted(), ["09:01:00", "09:02:00", "09:03:00"]);
  await a.scheduler.drain(0);
  await b.scheduler.drain(0);
});

Deno.test("who takes over makes up for the last time, if it passed less than 90 s ago", async () => {
  const cases: [nobodyFor: number, cron: string, made: string[]][] = [
    [89, "* * * * *", ["09:02:29"]],
    [80, "0 * * * *", []],
    [200, "0,1,2 9 * * *", []],
  ];
  for (const [nobodyFor, cron, made] of cases) {
    const shared = sharedState();
    const a = process(shared);
    await a.schedule({ cron });
    await shared.pass(60);
    await a.scheduler.drain(0);
    await shared.pass(nobodyFor);
    const b = process(shared, { node: "b" });
    await b.schedule({ cron });
    assert.deepEqual(b.ran(), made, cron);
    await b.scheduler.drain(0);
  }
});

Deno.test("a time is run once, also where two believe that they are to run it", async () => {
  const shared = sharedState();
  const a = process(shared);
  // It has a lease of its own, and its clock is ahead.
  const b = process({ ...shared, leases: new MemoryBucket() }, { node: "b", skew: 3_000 });
  await a.schedule(EACH_MINUTE);
  await b.schedule(EACH_MINUTE);
  await shared.pass(200);
  assert.deepEqual([a.ran(), b.ran()], [[], ["09:01:00", "09:02:00", "09:03:00"]]);
  await a.scheduler.drain(0);
  await b.scheduler.drain(0);
});

Deno.test("a run whose process died is told as interrupted, and the schedule goes on", async () => {
  const shared = sharedState();
  const dead = process({ ...shared, leases: new MemoryBucket() }, { node: "dead", hold: true });
  await dead.schedule(EACH_MINUTE);
  await shared.pass(70);
  const b = process(shared, { node: "b" });
  await b.schedule(EACH_MINUTE);
  const { last, failures, running } = await b.state();
  assert.deepEqual([last?.outcome, last?.node, failures, running], [
    "interrupted",
    "dead",
    1,
    undefined,
  ]);
  // What the dead one would still write of it is not taken.
  await dead.finish();
  assert.equal((await b.state()).last?.outcome, "interrupted");
  await b.scheduler.drain(0);
  await dead.scheduler.drain(0);
});

Deno.test("who loses the lease stops its run", async () => {
  const shared = sharedState();
  const a = process(shared, { hold: true });
  await a.schedule(EACH_MINUTE);
  await shared.pass(60);
  await shared.leases.delete("schedule.f");
  await shared.leases.create("schedule.f", new TextEncoder().encode("b"));
  await shared.pass(10);
  assert.deepEqual([a.runs[0]!.signal.aborted, a.outcomes], [true, ["interrupted"]]);
  // It goes on when it has the lease again.
  await shared.leases.delete("schedule.f");
  await shared.pass(60);
  assert.deepEqual(a.ran(), ["09:01:00", "09:02:00"]);
  await a.finish();
  await a.scheduler.drain(0);
});

Deno.test("a time whose write may have failed is still run once", async () => {
  const shared = sharedState();
  const real = shared.runtime;
  let faults = 0;
  // The value is written and the answer is lost.
  const runtime = {
    ...shared,
    runtime: {
      get: (key: string) => real.get(key),
      put: (key: string, value: Uint8Array) => real.put(key, value),
      create: (key: string, value: Uint8Array) => real.create(key, value),
      async update(key: string, value: Uint8Array, revision: number) {
        await real.update(key, value, revision);
        if (faults++ === 0) throw new Error("TIMEOUT");
        return revision + 1;
      },
      delete: (key: string) => real.delete(key),
      keys: (prefix: string) => real.keys(prefix),
      watch: (key: string, signal: AbortSignal) => real.watch(key, signal),
    },
  };
  const a = process(runtime);
  await a.schedule(EACH_MINUTE);
  await shared.pass(65);
  assert.deepEqual([a.ran(), (await a.state()).runs], [["09:01:01"], 1]);
  await a.scheduler.drain(0);
});

const DAY = 24 * 60 * 60 * 1000;

Deno.test("a clock that is set forward by decades holds nothing up: what it passed over is missed", async () => {
  const [shared, set] = [sharedState(), { by: 0 }];
  const a = process(shared, { set });
  await a.schedule({ cron: "* * * * * *" });
  await shared.pass(2);
  set.by = 40 * 365 * DAY;
  await shared.pass(2);
  const { runs, skipped } = await a.state();
  assert.deepEqual([runs, skipped], [4, 0]);
  await a.scheduler.drain(0);
});

Deno.test("a clock that is set back runs no time again", async () => {
  const [shared, set] = [sharedState(), { by: 0 }];
  const a = process(shared, { set });
  await a.schedule(EACH_MINUTE);
  await shared.pass(120);
  set.by = -90_000;
  await shared.pass(180);
  assert.deepEqual(a.ran(), ["09:01:00", "09:02:00", "09:03:00"]);
  await a.scheduler.drain(0);
});

Deno.test("a clock that was days ahead does not end the schedule until those days have come", async () => {
  const [shared, set] = [sharedState(), { by: 10 * DAY }];
  const a = process(shared, { set });
  await a.schedule(EACH_MINUTE);
  await shared.pass(60);
  assert.deepEqual(a.ran(), ["09:01:00"]);
  set.by = 0;
  await shared.pass(180);
  assert.deepEqual(a.ran(), ["09:01:00", "09:03:00", "09:04:00"], "one minute until it is seen");
  await a.scheduler.drain(0);
});
