import assert from "assert";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { ObjectList, WatchEvent } from "../../../../operator/kubernetes/client.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { resources } from "../../../../operator/kubernetes/resources.ts";
import {
  type WatcherEvent,
  type WatcherOptions,
  watchObjects,
} from "../../../../operator/kubernetes/watcher.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { ManualClock } from "../../manual_clock.ts";
import { InstantClock } from "./instant_clock.ts";

const pod = (name: string, resourceVersion: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, resourceVersion },
});
const added = (name: string, version: string): WatchEvent => ({
  type: "ADDED",
  object: pod(name, version),
});
const bookmark = (resourceVersion: string): WatchEvent => ({ type: "BOOKMARK", resourceVersion });
const list = (resourceVersion: string, ...items: KubernetesObject[]) => ({
  items,
  resourceVersion,
});
const failure = (status: number, reason?: string, retryAfter?: number) =>
  new ApiError(`${status} ${reason}`, { status, reason, retryAfter });

type Step = { list: ObjectList | ApiError } | { watch: (WatchEvent | Error)[] };

/**
 * Watches an API that answers with the steps, and then no more: gives what was told, what was asked
 * and the restarts until then.
 */
async function follow(steps: Step[], more: Partial<WatcherOptions> = {}) {
  const asked: string[] = [];
  const restarts: string[] = [];
  const events: WatcherEvent[] = [];
  const clock = new SilentClock();
  const stop = new AbortController();
  const next = () => {
    const step = steps.shift();
    if (step === undefined) stop.abort();
    return step;
  };
  const client: WatcherOptions["client"] = {
    list: () => {
      asked.push("list");
      const step = next();
      if (step === undefined) return Promise.reject(stop.signal.reason);
      assert.ok("list" in step, "a watch is due, not a list");
      return step.list instanceof Error ? Promise.reject(step.list) : Promise.resolve(step.list);
    },
    async *watch(_, __, { resourceVersion }) {
      asked.push(`watch ${resourceVersion}`);
      const step = next();
      assert.ok(step === undefined || "watch" in step, "a list is due, not a watch");
      for (const event of step?.watch ?? []) {
        if (event instanceof Error) throw event;
        yield await Promise.resolve(event);
      }
    },
  };
  const told = watchObjects({
    client,
    resource: resources.Pod,
    clock,
    random: () => 0,
    signal: stop.signal,
    onRestart: (reason) => restarts.push(reason),
    ...more,
  });
  for await (const event of told) events.push(event);
  return { asked, restarts, events, waits: clock.waits };
}

/** Waits are over at once, but silence is never noticed. */
class SilentClock extends InstantClock implements Clock {
  override after(ms: number, run: () => void): () => void {
    return ms === 90_000 ? () => {} : super.after(ms, run);
  }
}

Deno.test("it lists, and then tells what the watch brings", async () => {
  const { asked, events, restarts } = await follow([
    { list: list("5", pod("a", "1"), pod("b", "2")) },
    {
      watch: [
        added("c", "6"),
        { type: "MODIFIED", object: pod("a", "7") },
        { type: "DELETED", object: pod("b", "8") },
      ],
    },
  ]);
  assert.deepEqual(events, [
    { type: "listed", objects: [pod("a", "1"), pod("b", "2")], resourceVersion: "5" },
    { type: "applied", object: pod("c", "6") },
    { type: "applied", object: pod("a", "7") },
    { type: "deleted", object: pod("b", "8") },
  ]);
  assert.deepEqual(asked, ["list", "watch 5", "watch 8"]);
  assert.deepEqual(restarts, []);
});

Deno.test("after a clean end it goes on from the last version, a bookmark's too, with no list", async () => {
  const { asked, restarts, waits } = await follow([
    { list: list("5") },
    { watch: [added("a", "6"), bookmark("9")] },
    { watch: [bookmark("12")] },
  ]);
  assert.deepEqual(asked, ["list", "watch 5", "watch 9", "watch 12"]);
  assert.deepEqual(restarts, []);
  assert.deepEqual(waits, []);
});

Deno.test("watches that end at once are opened after longer and longer waits", async () => {
  const { waits } = await follow([
    { list: list("5") },
    ...[1, 2, 3].map(() => ({ watch: [] })),
  ]);
  assert.deepEqual(waits.slice(0, 3), [125, 250, 500]);
});

Deno.test("a sign of life that brings nothing new is no reason to ask sooner", async () => {
  const { waits } = await follow([
    { list: list("5") },
    ...[1, 2, 3].map(() => ({ watch: [bookmark("5")] })),
  ]);
  assert.deepEqual(waits.slice(0, 3), [125, 250, 500]);
});

Deno.test("a watch that was calm until its end is opened again at once", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const asked: string[] = [];
  const events = watchObjects({
    client: {
      list: () => Promise.resolve(list("5")),
      async *watch(_, __, { resourceVersion }) {
        if (asked.push(resourceVersion) === 3) stop.abort();
        clock.advance(60_000);
        yield* await Promise.resolve([]);
      },
    },
    resource: resources.Pod,
    clock,
    random: () => 0,
    signal: stop.signal,
    onRestart: (reason) => assert.fail(reason),
  });
  for await (const _ of events);
  assert.deepEqual(asked, ["5", "5", "5"]);
});

Deno.test("after a break it goes on from the last version, and says so", async () => {
  for (const broken of [failure(0), failure(500), failure(403), new TypeError("cut off")]) {
    const { asked, restarts } = await follow([
      { list: list("5") },
      { watch: [added("a", "6"), broken] },
    ]);
    assert.deepEqual(asked, ["list", "watch 5", "watch 6"]);
    assert.deepEqual(restarts, ["Error"]);
  }
});

Deno.test("a bad line is counted, and what it may have said is asked for again", async () => {
  const { asked, restarts, events } = await follow([
    { list: list("5") },
    { watch: [added("a", "6"), failure(0, "BadLine")] },
    { watch: [added("b", "7")] },
  ]);
  assert.deepEqual(asked, ["list", "watch 5", "watch 6", "watch 7"]);
  assert.deepEqual(restarts, ["BadLine"]);
  assert.deepEqual(events.length, 3);
});

Deno.test("the same bad line twice makes a list", async () => {
  const { asked } = await follow([
    { list: list("5") },
    { watch: [failure(0, "BadLine")] },
    { watch: [failure(0, "BadLine")] },
    { list: list("8") },
  ]);
  assert.deepEqual(asked, ["list", "watch 5", "watch 5", "list", "watch 8"]);
});

Deno.test("a forgotten version makes a list, at once", async () => {
  const { asked, restarts, events, waits } = await follow([
    { list: list("5", pod("a", "1")) },
    { watch: [failure(410, "Expired")] },
    { list: list("9", pod("b", "8")) },
  ]);
  assert.deepEqual(asked, ["list", "watch 5", "list", "watch 9"]);
  assert.deepEqual(restarts, ["Expired"]);
  assert.deepEqual(events.at(-1), {
    type: "listed",
    objects: [pod("b", "8")],
    resourceVersion: "9",
  });
  assert.deepEqual(waits, []);
});

Deno.test("versions that are forgotten as soon as they are listed do not make lists in a circle", async () => {
  const round: Step[] = [{ list: list("5") }, { watch: [failure(410, "Expired")] }];
  const { waits } = await follow([...round, ...round, ...round]);
  assert.deepEqual(waits.slice(0, 2), [250, 500]);
});

Deno.test("waits double to 30 s while nothing works, and start over when something does", async () => {
  const down = Array.from({ length: 9 }, () => ({ watch: [failure(0)] }));
  const { waits } = await follow([
    { list: list("5") },
    ...down,
    { watch: [added("a", "6"), failure(0)] },
  ]);
  assert.deepEqual(waits.slice(0, 10), [
    125,
    250,
    500,
    1_000,
    2_000,
    4_000,
    8_000,
    15_000,
    15_000,
    125,
  ]);
  const most = await follow([{ list: list("5") }, { watch: [failure(0)] }], { random: () => 1 });
  assert.equal(most.waits[0], 250);
});

Deno.test("a list that fails is made again, not before the server wants it", async () => {
  const { asked, restarts, waits } = await follow([
    { list: failure(429, "TooManyRequests", 7_000) },
    { list: list("5") },
  ]);
  assert.deepEqual(asked, ["list", "list", "watch 5"]);
  assert.deepEqual(restarts, ["Error"]);
  assert.deepEqual(waits[0], 7_125);
});

Deno.test("servers are asked to end watches well before they count as silent, and not all at once", async () => {
  const asked: (number | undefined)[] = [];
  for (const chance of [0, 0.999]) {
    const stop = new AbortController();
    const events = watchObjects({
      client: {
        list: () => Promise.resolve(list("5")),
        async *watch(_, __, { timeoutSeconds }) {
          asked.push(timeoutSeconds);
          stop.abort();
          yield* await Promise.resolve([]);
        },
      },
      resource: resources.Pod,
      clock: new ManualClock(),
      random: () => chance,
      signal: stop.signal,
      onRestart: () => {},
    });
    for await (const _ of events);
  }
  assert.deepEqual(asked, [60, 75]);
});

Deno.test("a watch that is silent for 90 s is given up; every event, a bookmark too, is a sign of life", async () => {
  const clock = new ManualClock();
  const restarted = Promise.withResolvers<string>();
  const stop = new AbortController();
  const signs = new TransformStream<WatchEvent, WatchEvent>();
  const writer = signs.writable.getWriter();
  const asked: string[] = [];
  const events = watchObjects({
    client: {
      list: () => Promise.resolve(list("5")),
      async *watch(_, __, { resourceVersion, signal }) {
        asked.push(resourceVersion);
        const reader = signs.readable.getReader();
        const aborted = Promise.withResolvers<never>();
        signal!.addEventListener("abort", () => aborted.reject(new Error("reset")));
        try {
          for (;;) {
            const { value } = await Promise.race([reader.read(), aborted.promise]);
            yield value!;
          }
        } finally {
          reader.releaseLock();
        }
      },
    },
    resource: resources.Pod,
    clock,
    random: () => 0,
    signal: stop.signal,
    onRestart: (reason, error) => restarted.resolve(`${reason}: ${error.message}`),
  });
  assert.equal((await events.next()).value?.type, "listed");

  const following = events.next();
  for (const event of [bookmark("6"), bookmark("7"), added("a", "8")]) {
    await writer.write(event);
    clock.advance(60_000);
  }
  assert.deepEqual((await following).value, { type: "applied", object: pod("a", "8") });
  assert.deepEqual(asked, ["5"]);

  const ended = events.next();
  clock.advance(29_999);
  assert.equal(clock.pending, 1);
  clock.advance(1);
  assert.equal(await restarted.promise, "Silent: Cannot watch Pod: nothing came for 90 s");
  stop.abort();
  assert.equal((await ended).done, true);
  assert.equal(clock.pending, 0, "no timer is left");
});

Deno.test("the signal ends it during a list, a watch and a wait", async () => {
  const { asked } = await follow([]);
  assert.deepEqual(asked, ["list"]);

  const clock = new ManualClock();
  const stop = new AbortController();
  const failed = Promise.withResolvers<void>();
  const events = watchObjects({
    client: {
      list: () => Promise.reject(failure(0)),
      watch: () => assert.fail("a list is due"),
    },
    resource: resources.Pod,
    clock,
    random: () => 0,
    signal: stop.signal,
    onRestart: () => failed.resolve(),
  });
  const ended = events.next();
  await failed.promise;
  stop.abort();
  assert.equal((await ended).done, true);
  assert.equal(clock.pending, 0);
});

Deno.test("what is no fault of the API is not hidden", async () => {
  const events = watchObjects({
    client: {
      list: () => Promise.reject(new RangeError("a mistake of ours")),
      watch: () => assert.fail("a list is due"),
    },
    resource: resources.Pod,
    clock: new ManualClock(),
    random: () => 0,
    signal: new AbortController().signal,
    onRestart: () => {},
  });
  await assert.rejects(events.next(), RangeError);
});
