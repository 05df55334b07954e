import assert from "assert";
import { type EventNote, EventRecorder } from "../../operator/kubernetes/event_recorder.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { systemClock } from "../../shared/clock.ts";
import { ClusterClient } from "./cluster_client.ts";
import { startControlPlane } from "./control_plane.ts";

const cluster = await startControlPlane();
const { kubectl } = cluster;

Deno.test.afterAll(() => cluster.stop());

const ready = { type: "Normal", reason: "Ready", action: "Reconcile", note: "it serves" } as const;

/** Records an Event of an object `times` times, and gives the Events that the API server has of it. */
async function recorded(object: KubernetesObject, event: EventNote, times = 1) {
  await using client = new ClusterClient(cluster);
  const dropped: unknown[] = [];
  const events = new EventRecorder({
    client: client.api,
    controller: "example.com/operator",
    instance: "operator-1",
    clock: systemClock,
    wall: Date.now,
    onDropped: (error) => dropped.push(error),
  });
  for (let time = 0; time < times; time++) events.record(object, event);
  await events.flushed(60_000);
  assert.deepEqual(dropped, []);
  const { items } = await client.api.list(resources.Event);
  return items.filter(({ regarding }) =>
    (regarding as { uid: string }).uid === object.metadata.uid
  );
}

const object = (name: string, namespace?: string): KubernetesObject => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name, namespace, uid: crypto.randomUUID(), resourceVersion: "7" },
});

Deno.test("the API server takes an Event, and people see it beside its object", async () => {
  const [event, ...more] = await recorded(object("greeter", "default"), ready);
  assert.deepEqual(more, []);
  assert.equal(event!.note, "it serves");
  const { stdout } = await kubectl(["get", "events", "-n", "default"]);
  assert.match(stdout, /Normal +Ready +thing\/greeter +it serves/i);
});

Deno.test("the API server takes the count of an Event that came again", async () => {
  const events = await recorded(object("repeated", "default"), ready, 9);
  assert.deepEqual(events.map(({ series }) => (series as { count: number }).count), [8]);
});

Deno.test("the API server takes the longest name and note, cut at a character", async () => {
  const long = object("a".repeat(253), "default");
  const [event] = await recorded(long, { ...ready, note: "é".repeat(2_000) });
  assert.equal(event!.note, "é".repeat(510) + "…");
});

Deno.test("the API server takes an Event of an object of the cluster", async () => {
  const [event] = await recorded(object("everywhere"), { ...ready, type: "Warning" });
  assert.equal(event!.metadata.namespace, "default");
});
