import assert from "assert";
import { EventRecorder } from "../../../../operator/kubernetes/event_recorder.ts";
import type { KubernetesObject, ObjectName } from "../../../../operator/kubernetes/object.ts";
import { ManualClock } from "../../manual_clock.ts";

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const flow: KubernetesObject = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Flow",
  metadata: { namespace: "demo", name: "greeter", uid: "u1", resourceVersion: "7" },
};
const ready = { type: "Normal", reason: "Ready", action: "Reconcile", note: "it serves" } as const;

/** A recorder whose writes are kept, each after `before` has let it pass. */
function recorder(before: () => void | Promise<void> = () => {}) {
  const created: KubernetesObject[] = [];
  const patched: { name: ObjectName; patch: Record<string, unknown> }[] = [];
  const dropped: string[] = [];
  const clock = new ManualClock();
  const events = new EventRecorder({
    client: {
      create: async (_, object) => {
        await before();
        created.push(object);
        return object;
      },
      mergePatch: async (_, name, patch) => {
        await before();
        patched.push({ name, patch });
        return flow;
      },
    },
    controller: "example.com/operator",
    instance: "pod-1",
    clock,
    wall: () => WALL,
    onDropped: (error) => dropped.push((error as Error).message),
  });
  const counts = () => patched.map(({ patch }) => (patch.series as { count: number }).count);
  return { events, created, patched, counts, dropped, clock };
}

const named = (name: string) => ({ ...flow, metadata: { ...flow.metadata, name } });
const fails = () => {
  throw new Error("no answer");
};

Deno.test("an Event says what happened to which object, when, and who saw it", async () => {
  const { events, created } = recorder();
  events.record(flow, ready);
  await events.flushed();
  const { metadata, ...event } = created[0]!;
  assert.match(metadata.name, /^greeter\.[0-9a-f]{16}$/);
  assert.equal(metadata.namespace, "demo");
  assert.deepEqual(event, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    eventTime: "2026-01-02T03:04:05.678000Z",
    reportingController: "example.com/operator",
    reportingInstance: "pod-1",
    regarding: {
      apiVersion: "genkit.dev/v1alpha1",
      kind: "Flow",
      namespace: "demo",
      name: "greeter",
      uid: "u1",
      resourceVersion: "7",
    },
    ...ready,
  });
});

Deno.test("Events of objects of the cluster are in namespace default", async () => {
  const { events, created } = recorder();
  events.record({ ...flow, metadata: { name: "all", uid: "u2" } }, ready);
  await events.flushed();
  assert.equal(created[0]!.metadata.namespace, "default");
});

Deno.test("the same Event is counted up, and the count written ever more rarely", async () => {
  const { events, created, patched, counts } = recorder();
  for (let time = 0; time < 100; time++) events.record(flow, ready);
  await events.flushed();
  assert.equal(created.length, 1);
  assert.deepEqual(counts(), [2, 4, 8, 16, 32, 64]);
  const { name, namespace } = created[0]!.metadata;
  assert.deepEqual(patched[0], {
    name: { namespace, name },
    patch: { series: { count: 2, lastObservedTime: "2026-01-02T03:04:05.678000Z" } },
  });
});

Deno.test("after ten minutes the same Event is a new one, however often it came until then", async () => {
  const { events, created, counts, clock } = recorder();
  events.record(flow, ready);
  clock.advance(599_999);
  events.record(flow, ready);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1, [2]]);
  clock.advance(1);
  events.record(flow, ready);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [2, [2]]);
  assert.notEqual(created[0]!.metadata.name, created[1]!.metadata.name);
});

for (
  const [what, object, event] of [
    ["type", flow, { ...ready, type: "Warning" }],
    ["reason", flow, { ...ready, reason: "Degraded" }],
    ["note", flow, { ...ready, note: "another" }],
    ["object", { ...flow, metadata: { ...flow.metadata, uid: "u2" } }, ready],
  ] as const
) {
  Deno.test(`an Event of another ${what} is another Event`, async () => {
    const { events, created } = recorder();
    events.record(flow, ready);
    events.record(object, event);
    await events.flushed();
    assert.equal(created.length, 2);
  });
}

const notes = [
  ["of 1 KiB is kept", "a".repeat(1024), "a".repeat(1024)],
  ["one byte longer is cut", "a".repeat(1025), "a".repeat(1021) + "…"],
  ["of characters of two bytes is cut between two", "é".repeat(600), "é".repeat(510) + "…"],
  ["of characters of four bytes is cut between two", "😀".repeat(300), "😀".repeat(255) + "…"],
] as const;
for (const [what, note, written] of notes) {
  Deno.test(`a note ${what}`, async () => {
    const { events, created } = recorder();
    events.record(flow, { ...ready, note });
    await events.flushed();
    assert.equal(created[0]!.note, written);
    assert.ok(new TextEncoder().encode(written).length <= 1024);
  });
}

Deno.test("an object of the longest name still gives a valid name, as does one cut at a dot", async () => {
  const { events, created } = recorder();
  events.record(named("a".repeat(253)), ready);
  events.record(
    named("a".repeat(229) + ".b"),
    ready,
  );
  await events.flushed();
  for (const { metadata: { name } } of created) {
    assert.ok(name.length <= 253, `${name.length}`);
    assert.match(name, /^a+\.[0-9a-f]{16}$/);
  }
});

Deno.test("who records waits for no write, and Events are written one after the other", async () => {
  const gates: (() => void)[] = [];
  const { events, created } = recorder(() => new Promise((resolve) => gates.push(resolve)));
  events.record(flow, ready);
  events.record(flow, { ...ready, reason: "Degraded" });
  assert.deepEqual([created.length, gates.length], [0, 1]);
  const flushed = events.flushed();
  gates.shift()!();
  while (gates.length === 0) await Promise.resolve();
  assert.deepEqual(created.map(({ reason }) => reason), ["Ready"]);
  gates.shift()!();
  await flushed;
  assert.deepEqual(created.map(({ reason }) => reason), ["Ready", "Degraded"]);
});

Deno.test("an Event that cannot be written is told, and holds up no other", async () => {
  let first = true;
  const { events, created, dropped } = recorder(() => {
    if (first) {
      first = false;
      fails();
    }
  });
  events.record(flow, ready);
  events.record(flow, { ...ready, reason: "Degraded" });
  await events.flushed();
  assert.deepEqual(dropped, ["no answer"]);
  assert.deepEqual(created.map(({ reason }) => reason), ["Degraded"]);
});

Deno.test("one that was lost is made anew when it comes again, not counted up", async () => {
  let down = true;
  const { events, created, counts } = recorder(() => {
    if (down) fails();
  });
  events.record(flow, ready);
  await events.flushed();
  down = false;
  events.record(flow, ready);
  events.record(flow, ready);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1, [2]]);
});

Deno.test("500 Events may wait; more are dropped, and made anew when they come again", async () => {
  const gate = Promise.withResolvers<void>();
  const { events, created, counts, dropped } = recorder(() => gate.promise);
  // One is being written.
  for (let index = 0; index <= 500; index++) events.record(flow, { ...ready, reason: `R${index}` });
  assert.deepEqual(dropped, []);
  events.record(flow, ready);
  assert.deepEqual(dropped, ["500 Events wait already"]);
  gate.resolve();
  await events.flushed();
  assert.equal(created.length, 501);
  events.record(flow, ready);
  await events.flushed();
  assert.deepEqual([created.at(-1)!.reason, counts()], ["Ready", []]);
});

Deno.test("of 1,000 Events it is known that they were there, the oldest are forgotten first", async () => {
  const { events, created, counts } = recorder();
  for (let index = 0; index <= 1_000; index++) {
    events.record(flow, { ...ready, reason: `R${index}` });
    if (index % 100 === 0) await events.flushed();
  }
  events.record(flow, { ...ready, reason: "R1" });
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1_001, [2]]);
  events.record(flow, { ...ready, reason: "R0" });
  await events.flushed();
  assert.equal(created.length, 1_002);
});

Deno.test("the end waits a second for a slow API server, and drops what still waits", async () => {
  const { events, created, dropped, clock } = recorder(() => new Promise(() => {}));
  events.record(flow, ready);
  events.record(flow, { ...ready, reason: "Degraded" });
  const flushed = events.flushed();
  clock.advance(999);
  assert.deepEqual(dropped, []);
  clock.advance(1);
  await flushed;
  assert.deepEqual(dropped, ["the Events were to end"]);
  assert.deepEqual(created, []);
});

Deno.test("where nothing waits, the end is at once and leaves no timer", async () => {
  const { events, clock } = recorder();
  await events.flushed();
  assert.equal(clock.pending, 0);
});
