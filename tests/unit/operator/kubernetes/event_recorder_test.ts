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
const note = { type: "Normal", reason: "Ready", action: "Reconcile", note: "it serves" } as const;

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
  events.record(flow, note);
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
    ...note,
  });
});

Deno.test("Events of objects of the cluster are in namespace default", async () => {
  const { events, created } = recorder();
  events.record({ ...flow, metadata: { name: "all", uid: "u2" } }, note);
  await events.flushed();
  assert.equal(created[0]!.metadata.namespace, "default");
});

Deno.test("the same Event is counted up, and the count written ever more rarely", async () => {
  const { events, created, patched, counts } = recorder();
  for (let time = 0; time < 100; time++) events.record(flow, note);
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
  events.record(flow, note);
  clock.advance(599_999);
  events.record(flow, note);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1, [2]]);
  clock.advance(1);
  events.record(flow, note);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [2, [2]]);
  assert.notEqual(created[0]!.metadata.name, created[1]!.metadata.name);
});

for (
  const [what, object, event] of [
    ["type", flow, { ...note, type: "Warning" }],
    ["reason", flow, { ...note, reason: "Degraded" }],
    ["note", flow, { ...note, note: "another" }],
    ["object", { ...flow, metadata: { ...flow.metadata, uid: "u2" } }, note],
  ] as const
) {
  Deno.test(`an Event of another ${what} is another Event`, async () => {
    const { events, created } = recorder();
    events.record(flow, note);
    events.record(object, event);
    await events.flushed();
    assert.equal(created.length, 2);
  });
}

const long: [string, string, number][] = [
  ["of 1 KiB", "a".repeat(1024), 1024],
  ["one byte longer", "a".repeat(1025), 1024],
  ["of characters of two bytes", "é".repeat(600), 1023],
  ["of characters of four bytes", "😀".repeat(300), 1023],
];
for (const [what, text, bytes] of long) {
  Deno.test(`a note ${what} has at most 1 KiB, and whole characters`, async () => {
    const { events, created } = recorder();
    events.record(flow, { ...note, note: text });
    await events.flushed();
    const written = created[0]!.note as string;
    assert.equal(new TextEncoder().encode(written).length, bytes);
    const kept = written.replace(/…$/, "");
    assert.ok(text.startsWith(kept), "no character is broken");
    assert.equal(written.endsWith("…"), kept !== text, "what is cut says so");
  });
}

Deno.test("an object of the longest name still gives a valid name, as does one cut at a dot", async () => {
  const { events, created } = recorder();
  events.record(named("a".repeat(253)), note);
  events.record(
    { ...named("a".repeat(229) + ".b"), metadata: { name: "a".repeat(229) + ".b" } },
    note,
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
  events.record(flow, note);
  events.record(flow, { ...note, reason: "Degraded" });
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
  events.record(flow, note);
  events.record(flow, { ...note, reason: "Degraded" });
  await events.flushed();
  assert.deepEqual(dropped, ["no answer"]);
  assert.deepEqual(created.map(({ reason }) => reason), ["Degraded"]);
});

Deno.test("one that was lost is made anew when it comes again, not counted up", async () => {
  let down = true;
  const { events, created, counts } = recorder(() => {
    if (down) fails();
  });
  events.record(flow, note);
  await events.flushed();
  down = false;
  events.record(flow, note);
  events.record(flow, note);
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1, [2]]);
});

Deno.test("500 Events may wait; more are dropped, and made anew when they come again", async () => {
  const gate = Promise.withResolvers<void>();
  const { events, created, counts, dropped } = recorder(() => gate.promise);
  // One is being written.
  for (let index = 0; index <= 500; index++) events.record(flow, { ...note, reason: `R${index}` });
  assert.deepEqual(dropped, []);
  events.record(flow, note);
  assert.deepEqual(dropped, ["500 Events wait already"]);
  gate.resolve();
  await events.flushed();
  assert.equal(created.length, 501);
  events.record(flow, note);
  await events.flushed();
  assert.deepEqual([created.at(-1)!.reason, counts()], ["Ready", []]);
});

Deno.test("of 1,000 Events it is known that they were there, the oldest are forgotten first", async () => {
  const { events, created, counts } = recorder();
  for (let index = 0; index <= 1_000; index++) {
    events.record(flow, { ...note, reason: `R${index}` });
    if (index % 100 === 0) await events.flushed();
  }
  events.record(flow, { ...note, reason: "R1" });
  await events.flushed();
  assert.deepEqual([created.length, counts()], [1_001, [2]]);
  events.record(flow, { ...note, reason: "R0" });
  await events.flushed();
  assert.equal(created.length, 1_002);
});

Deno.test("the end waits a second for a slow API server, and drops what still waits", async () => {
  const { events, created, dropped, clock } = recorder(() => new Promise(() => {}));
  events.record(flow, note);
  events.record(flow, { ...note, reason: "Degraded" });
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
