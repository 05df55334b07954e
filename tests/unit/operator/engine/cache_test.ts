import assert from "assert";
import { Cache } from "../../../../operator/engine/cache.ts";
import type { Store } from "../../../../operator/engine/store.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";

const kind = { kind: "Service" };
const name = { namespace: "demo", name: "a" };

function object(resourceVersion: string, more: Partial<KubernetesObject["metadata"]> = {}) {
  const metadata = { ...name, uid: "u", resourceVersion, ...more };
  return { apiVersion: "v1", kind: "Service", metadata } satisfies KubernetesObject;
}

/** A cache over one resource, whose stored objects the test sets. */
function cache(...objects: KubernetesObject[]) {
  const store: Store = {
    get: ({ name }) => objects.find(({ metadata }) => metadata.name === name),
    list: () => objects,
    owned: (uid) => objects.filter((o) => o.metadata.ownerReferences?.some((r) => r.uid === uid)),
    labelled: (_, label, value) => objects.filter((o) => o.metadata.labels?.[label] === value),
  };
  return { cache: new Cache(new Map([["Service", store]])), objects };
}

const version = (object: KubernetesObject | undefined) => object?.metadata.resourceVersion;

Deno.test("cache: what was written is read at once, before the watch brings it", () => {
  const { cache: it } = cache(object("9"));
  it.wrote(kind, object("10"));
  assert.equal(version(it.get(kind, name)), "10");
  assert.deepEqual(it.list(kind).map(version), ["10"]);
});

Deno.test("cache: an earlier version that the watch brings does not hide what was written", () => {
  const { cache: it } = cache(object("9"));
  it.wrote(kind, object("12"));
  it.saw(kind, object("10"), false);
  assert.equal(version(it.get(kind, name)), "12");
  it.saw(kind, object("12"), false);
  assert.equal(version(it.get(kind, name)), "9");
});

Deno.test("cache: a write that the watch has overtaken is not laid over", () => {
  const { cache: it } = cache(object("10"));
  it.wrote(kind, object("9"));
  assert.equal(version(it.get(kind, name)), "10");
});

Deno.test("cache: a deletion takes away what was written", () => {
  const { cache: it, objects } = cache(object("9"));
  it.wrote(kind, object("10"));
  objects.pop();
  it.saw(kind, object("9"), true);
  assert.equal(it.get(kind, name), undefined);
});

Deno.test("cache: owners and labels are those that were written", () => {
  const owner = { apiVersion: "genkit.dev/v1alpha1", kind: "Flow", name: "f", uid: "f1" };
  const { cache: it } = cache(object("9", { labels: { app: "old" } }));
  const ownerReferences = [{ ...owner, controller: true }];
  it.wrote(kind, object("10", { labels: { app: "new" }, ownerReferences }));
  assert.equal(it.labelled(kind, "demo", "app", "old").length, 0);
  assert.equal(it.labelled(kind, "demo", "app", "new").length, 1);
  assert.equal(it.labelled(kind, "other", "app", "new").length, 0);
  assert.equal(it.owned(kind, "f1").length, 1);
});

Deno.test("cache: a write that was deleted again before its answer came is not laid over", () => {
  const { cache: it } = cache();
  it.saw(kind, object("10"), false);
  it.saw(kind, object("11"), true);
  it.wrote(kind, object("10"));
  assert.equal(it.get(kind, name), undefined);
});

Deno.test("cache: a write that was gone before a list, and its answer came after, is not laid over", () => {
  const { cache: it } = cache();
  it.listed(kind, "11");
  it.wrote(kind, object("10"));
  assert.equal(it.get(kind, name), undefined);
});

Deno.test("cache: a list takes away what it does not have and tells that it is gone", () => {
  const { cache: it } = cache();
  it.wrote(kind, object("9"));
  it.wrote(kind, object("10", { name: "b" }));
  it.wrote(kind, object("11", { name: "c" }));
  assert.deepEqual(it.listed(kind, "10").map(version), ["9", "10"]);
  assert.deepEqual(it.list(kind).map(version), ["11"]);
  assert.deepEqual(it.listed(kind, "10"), []);
});

Deno.test("cache: what a list has of what was written is not gone", () => {
  const { cache: it, objects } = cache();
  it.wrote(kind, object("9"));
  objects.push(object("10"));
  assert.deepEqual(it.listed(kind, "10"), []);
  assert.equal(version(it.get(kind, name)), "10");
});

Deno.test("cache: versions that are no numbers hide nothing for good", () => {
  const { cache: it } = cache();
  it.wrote(kind, object("x"));
  assert.equal(version(it.get(kind, name)), "x");
  assert.deepEqual(it.listed(kind, "a").map(version), ["x"]);
  assert.equal(it.get(kind, name), undefined);
  it.wrote(kind, object("y"));
  assert.equal(
    version(it.get(kind, name)),
    "y",
    "a version that cannot be compared stops no write",
  );
  it.saw(kind, object("b"), false);
  assert.equal(it.get(kind, name), undefined);
});
