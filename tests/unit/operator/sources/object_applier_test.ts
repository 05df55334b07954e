import assert from "assert";
import { Cache } from "../../../../operator/engine/cache.ts";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { ObjectApplier } from "../../../../operator/sources/object_applier.ts";
import { sourceLabels } from "../../../../operator/sources/source_labels.ts";
import { MemoryCluster } from "../memory_cluster.ts";

const source = { namespace: "demo", name: "flows" };
const entry = { kind: "Prompt", namespace: "demo", name: "hello" };

function prompt(content: string): KubernetesObject {
  const metadata = { namespace: "demo", name: "hello", labels: sourceLabels(source) };
  const object = { apiVersion: "genkit.dev/v1alpha1", kind: "Prompt", metadata };
  return { ...object, spec: { content } } as KubernetesObject;
}

/** A watch that brought nothing yet. */
const store = { get: () => undefined, list: () => [], owned: () => [], labelled: () => [] };

/** An applier of a cluster whose writes fail with what `fail` gives. */
function applierOf(fail: () => ApiError | undefined) {
  const cluster = new MemoryCluster(fail);
  const written: string[] = [];
  const applier = new ObjectApplier({
    client: cluster,
    cache: new Cache(new Map([["Prompt", store]])),
    source,
    verified: new Map(),
    onWrite: (action, { kind, metadata: { name } }) => written.push(`${action} ${kind}/${name}`),
  });
  return { applier, cluster, written };
}

const changed = () => new ApiError("the object has been modified", { status: 409 });
const contentOf = (cluster: MemoryCluster) =>
  (cluster.find("Prompt", entry)?.spec as { content?: string } | undefined)?.content;

Deno.test("ObjectApplier: an object that changes while it is applied is read anew", async () => {
  const errors = [changed(), changed()];
  const { applier, cluster, written } = applierOf(() => errors.shift());
  assert.deepEqual(await applier.apply(prompt("Hi")), { outcome: "applied" });
  assert.equal(contentOf(cluster), "Hi");
  assert.deepEqual(written, ["apply Prompt/hello"]);
});

Deno.test("ObjectApplier: an object that changes while it is removed is read anew", async () => {
  const errors: ApiError[] = [];
  const { applier, cluster, written } = applierOf(() => errors.shift());
  await applier.apply(prompt("Hi"));
  errors.push(changed(), changed());
  assert.equal(await applier.remove(entry), true);
  assert.equal(cluster.find("Prompt", entry), undefined);
  assert.deepEqual(written, ["apply Prompt/hello", "delete Prompt/hello"]);
});

Deno.test("ObjectApplier: one that became another's meanwhile is left as it is", async () => {
  let fail: () => ApiError | undefined = () => undefined;
  const { applier, cluster } = applierOf(() => fail());
  await applier.apply(prompt("Hi"));
  fail = () => {
    cluster.put({ ...prompt("Theirs"), metadata: { namespace: "demo", name: "hello" } });
    return changed();
  };
  assert.equal(await applier.remove(entry), false);
  const { why } = await applier.apply(prompt("Hey")) as { why: { reason: string } };
  assert.equal(why.reason, "Conflict");
  assert.equal(contentOf(cluster), "Theirs");
});

Deno.test("ObjectApplier: one that changes again and again is left for the next sync", async () => {
  let tries = 0;
  const { applier, written } = applierOf(() => (tries++, changed()));
  assert.deepEqual(await applier.apply(prompt("Hi")), {
    outcome: "failed",
    why: {
      failure: "transient",
      reason: "Reconciling",
      message: "the object has been modified",
    },
  });
  assert.equal(tries, 5);
  assert.deepEqual(written, []);
});

Deno.test("ObjectApplier: fields of others are told at once", async () => {
  let tries = 0;
  const theirs = new ApiError("Apply failed with 1 conflict: .spec.content", { status: 409 });
  const { applier } = applierOf(() => (tries++, theirs));
  const { why } = await applier.apply(prompt("Hi")) as { why: { reason: string } };
  assert.deepEqual([why.reason, tries], ["Conflict", 1]);
});
