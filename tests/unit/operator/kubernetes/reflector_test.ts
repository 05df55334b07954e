import assert from "assert";
import type { ObjectList, WatchEvent } from "../../../../operator/kubernetes/client.ts";
import type { KubernetesObject, ObjectMeta } from "../../../../operator/kubernetes/object.ts";
import {
  type Change,
  Reflector,
  type ReflectorOptions,
} from "../../../../operator/kubernetes/reflector.ts";
import { resources } from "../../../../operator/kubernetes/resources.ts";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import { ManualClock } from "../../manual_clock.ts";

const pod = (name: string, more: Partial<ObjectMeta> = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "demo", name, uid: `uid-${name}`, resourceVersion: "1", ...more },
});
const event = (type: "ADDED" | "MODIFIED" | "DELETED", object: KubernetesObject): WatchEvent => ({
  type,
  object,
});
const expired = new ApiError("too old", { status: 410, reason: "Expired" });

/** Keeps the objects of lists, each followed by the events of its watch; gives it and its changes. */
async function reflect(
  rounds: { items: KubernetesObject[]; events?: WatchEvent[] }[],
  options: Partial<ReflectorOptions> = {},
) {
  const stop = new AbortController();
  const changes: string[] = [];
  let events: WatchEvent[] = [];
  const reflector = new Reflector({
    client: {
      list(): Promise<ObjectList> {
        const { items, events: following = [] } = rounds.shift()!;
        events = following;
        return Promise.resolve({ items, resourceVersion: "9" });
      },
      async *watch() {
        yield* await Promise.resolve(events);
        if (rounds.length > 0) throw expired;
        stop.abort();
      },
    },
    resource: resources.Pod,
    clock: new ManualClock(),
    random: () => 0,
    onRestart: () => {},
    onChange: (change) => changes.push(shown(change)),
    ...options,
  });
  await reflector.run(stop.signal);
  return { reflector, changes };
}

/** Such as `"applied a 1 → 2"`. */
function shown({ type, object, previous }: Change): string {
  const versions = [previous, object].map((object) => object?.metadata.resourceVersion ?? "none");
  return `${type} ${object.metadata.name} ${versions.join(" → ")}`;
}

const names = (objects: KubernetesObject[]) => objects.map(({ metadata }) => metadata.name).sort();

Deno.test("it has what was listed and what came after", async () => {
  const { reflector, changes } = await reflect([{
    items: [pod("a"), pod("b")],
    events: [
      event("ADDED", pod("c")),
      event("MODIFIED", pod("a", { resourceVersion: "2" })),
      event("DELETED", pod("b", { resourceVersion: "3" })),
      event("DELETED", pod("never-seen")),
    ],
  }]);
  assert.deepEqual(names(reflector.list()), ["a", "c"]);
  assert.equal(reflector.get({ namespace: "demo", name: "a" })?.metadata.resourceVersion, "2");
  assert.equal(reflector.get({ namespace: "demo", name: "b" }), undefined);
  assert.deepEqual(changes, [
    "applied a none → 1",
    "applied b none → 1",
    "applied c none → 1",
    "applied a 1 → 2",
    "deleted b 1 → 3",
    "deleted never-seen none → 1",
  ]);
});

Deno.test("objects are found by namespace, owner and indexed label, as they are now", async () => {
  const owner = (uid: string, controller: boolean) => ({
    apiVersion: "v1",
    kind: "Flow",
    name: "x",
    uid,
    controller,
  });
  const first = { labels: { app: "one", tier: "x" }, ownerReferences: [owner("u1", true)] };
  const { reflector } = await reflect([{
    items: [
      pod("a", first),
      pod("b", first),
      pod("c", { namespace: "other", ...first }),
      pod("d", { ownerReferences: [owner("u1", false)] }),
    ],
    events: [
      event(
        "MODIFIED",
        pod("b", {
          resourceVersion: "2",
          labels: { app: "two" },
          ownerReferences: [owner("u2", true)],
        }),
      ),
      event("DELETED", pod("d")),
    ],
  }], { labels: ["app"] });
  assert.deepEqual(names(reflector.list("demo")), ["a", "b"]);
  assert.deepEqual(names(reflector.list("other")), ["c"]);
  assert.deepEqual(names(reflector.list("nowhere")), []);
  assert.deepEqual(names(reflector.owned("u1")), ["a", "c"]);
  assert.deepEqual(names(reflector.owned("u2")), ["b"]);
  assert.deepEqual(names(reflector.labelled("demo", "app", "one")), ["a"]);
  assert.deepEqual(names(reflector.labelled("demo", "app", "two")), ["b"]);
  assert.deepEqual(names(reflector.labelled("demo", "tier", "x")), [], "not indexed");
});

Deno.test("a later list tells only what differs, deletions that nobody told too", async () => {
  const { reflector, changes } = await reflect([
    { items: [pod("same"), pod("changed"), pod("gone")] },
    { items: [pod("same"), pod("changed", { resourceVersion: "5" }), pod("new")] },
  ]);
  assert.deepEqual(changes.slice(3), [
    "deleted gone 1 → 1",
    "applied changed 1 → 5",
    "applied new none → 1",
  ]);
  assert.deepEqual(names(reflector.list()), ["changed", "new", "same"]);
  assert.deepEqual(names(reflector.list("demo")), ["changed", "new", "same"]);
});

Deno.test("the version of each list is told after its changes", async () => {
  const told: string[] = [];
  await reflect([{ items: [pod("a")] }, { items: [] }], {
    onChange: (change) => told.push(shown(change)),
    onListed: (version) => told.push(`listed ${version}`),
  });
  assert.deepEqual(told, ["applied a none → 1", "listed 9", "deleted a 1 → 1", "listed 9"]);
});

Deno.test("an object that was deleted and made again between two lists is another one", async () => {
  const { changes } = await reflect([
    { items: [pod("a")] },
    { items: [pod("a", { uid: "another", resourceVersion: "5" })] },
  ]);
  assert.deepEqual(changes.slice(1), ["deleted a 1 → 1", "applied a none → 5"]);
});

Deno.test("only what the transform gives is kept, and told", async () => {
  let transformed = 0;
  const seen: unknown[] = [];
  const { reflector } = await reflect([
    { items: [{ ...pod("a"), status: { phase: "Running" } }] },
    { items: [] },
  ], {
    transform: ({ apiVersion, kind, metadata }) => {
      transformed++;
      return { apiVersion, kind, metadata };
    },
    onChange: ({ type, object }) => seen.push([type, object.status]),
  });
  assert.deepEqual(seen, [["applied", undefined], ["deleted", undefined]]);
  assert.equal(transformed, 1, "what is kept is not transformed again");
  assert.deepEqual(reflector.list(), []);
});

Deno.test("objects of lists, which have no kind of their own, get it", async () => {
  const { metadata } = pod("a");
  const { reflector } = await reflect([{ items: [{ metadata } as KubernetesObject] }]);
  assert.deepEqual(reflector.list(), [{ apiVersion: "v1", kind: "Pod", metadata }]);
});

Deno.test("it is synced once the first list is there and told, even an empty one", async () => {
  const stop = new AbortController();
  const listed = Promise.withResolvers<ObjectList>();
  const reflector: Reflector = new Reflector({
    client: {
      list: () => listed.promise,
      async *watch() {
        stop.abort();
        yield* await Promise.resolve([]);
      },
    },
    resource: resources.Pod,
    clock: new ManualClock(),
    random: () => 0,
    onRestart: () => {},
  });
  const running = reflector.run(stop.signal);
  assert.equal(reflector.isSynced, false);
  listed.resolve({ items: [], resourceVersion: "1" });
  await reflector.synced;
  assert.equal(reflector.isSynced, true);
  await running;
});
