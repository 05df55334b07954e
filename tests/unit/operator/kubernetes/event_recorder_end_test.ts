import assert from "assert";
import { EventRecorder } from "../../../../operator/kubernetes/event_recorder.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { ManualClock } from "../../manual_clock.ts";

const object = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "demo", uid: name },
});

function recorder(answered: Promise<void>) {
  const clock = new ManualClock();
  const created: string[] = [];
  let dropped = 0;
  const events = new EventRecorder({
    client: {
      create: async (_, event) => {
        created.push(event.metadata.name);
        await answered;
        return event;
      },
      mergePatch: () => Promise.reject(new Error("nothing is counted up here")),
    },
    controller: "example.com/test",
    instance: "test",
    clock,
    wall: () => 0,
    onDropped: () => dropped++,
  });
  const record = (name: string) =>
    events.record(object(name), { type: "Normal", reason: "Made", action: "Make", note: "made" });
  return { events, clock, created, record, dropped: () => dropped };
}

Deno.test("Events: an end waits until all are written", async () => {
  const answer = Promise.withResolvers<void>();
  const { events, created, record, dropped, clock } = recorder(answer.promise);
  for (const name of ["a", "b", "c"]) record(name);
  const flushed = events.flushed();
  answer.resolve();
  await flushed;
  assert.deepEqual([created.length, dropped(), clock.pending], [3, 0, 0]);
});

Deno.test("Events: an end waits for a slow API server only a while, and drops what waits", async () => {
  const never = Promise.withResolvers<void>();
  const { events, created, record, dropped, clock } = recorder(never.promise);
  for (const name of ["a", "b", "c"]) record(name);
  const flushed = events.flushed(1_000);
  clock.advance(1_000);
  await flushed;
  assert.deepEqual([created.length, dropped()], [1, 2]);
});

Deno.test("Events: the name of one is allowed, however long its object's is and wherever it is cut", () => {
  const { created, record } = recorder(Promise.resolve());
  record(`${"a".repeat(228)}-.${"b".repeat(20)}`);
  assert.match(created[0]!, /^a{228}\.[0-9a-f]{16}$/);
});
