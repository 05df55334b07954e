import assert from "assert";
import { Cache } from "../../../../operator/engine/cache.ts";
import { ChildWriter } from "../../../../operator/engine/child_writer.ts";
import type { Controller, TrackingReader } from "../../../../operator/engine/controller.ts";
import { Edges } from "../../../../operator/engine/edges.ts";
import { Reconciler } from "../../../../operator/engine/reconciler.ts";
import { trimmedObject } from "../../../../operator/engine/trimmed_object.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { MemoryCluster } from "../memory_cluster.ts";
import { objectOf } from "../../api/objects.ts";

const prompt = objectOf("Prompt", { content: "Hello" }, "hello");
const named = { namespace: "demo", name: "hello" };

/** A reconciler over one Prompt; `during` happens while its controller thinks. */
function reconciler(cluster: MemoryCluster, during: () => void) {
  const seen = () => {
    const object = cluster.find("Prompt", named);
    return object && trimmedObject(object);
  };
  const store = { get: seen, list: () => [], owned: () => [], labelled: () => [] };
  const cache = new Cache(new Map([["Prompt", store]]));
  const controller: Controller = {
    kind: "Prompt",
    owns: [],
    reconcile: () => {
      during();
      const failures = [{ failure: "invalid", reason: "InvalidSpec", message: "no" } as const];
      return { children: [], status: {}, failures, ready: { reason: "Accepted", message: "" } };
    },
  };
  const told: KubernetesObject[] = [];
  const errors: unknown[] = [];
  const reconciler = new Reconciler({
    client: cluster,
    cache,
    edges: new Edges(),
    children: new ChildWriter({ client: cluster, cache, manager: "genkit-operator" }),
    controllers: [controller],
    reader: () => ({}) as TrackingReader,
    now: () => 0,
    notify: (object) => told.push(object),
    onGone: () => {},
    onError: (_, error) => errors.push(error),
  });
  return { run: () => reconciler.run("Prompt/demo/hello"), told, errors };
}

Deno.test("reconciler: says in the status what became of an object", async () => {
  const cluster = new MemoryCluster();
  cluster.put({ ...prompt, metadata: named });
  const { run, told } = reconciler(cluster, () => {});
  assert.equal((await run()).next, "done");
  assert.deepEqual([cluster.writes, told.length], [["patch Prompt demo/hello"], 1]);
});

Deno.test("reconciler: says nothing of one that was deleted, or made anew, meanwhile", async () => {
  for (const again of [false, true]) {
    const cluster = new MemoryCluster();
    cluster.put({ ...prompt, metadata: named });
    const { run, told, errors } = reconciler(cluster, () => {
      cluster.remove("Prompt", named);
      if (again) cluster.put({ ...prompt, metadata: named });
    });
    assert.equal((await run()).next, "done");
    assert.deepEqual([cluster.writes, told, errors], [[], [], []]);
  }
});
