import assert from "assert";
import type { FlowSource } from "../../../../shared/api/flow_source.ts";
import { FetchFailure } from "../../../../shared/sources/fetcher.ts";
import type { Snapshot } from "../../../../shared/sources/source.ts";
import { syncedMemory } from "./synced_memory.ts";

function snapshot(revision: string, names: readonly string[]): Snapshot {
  const files = new Map(names.map((name) => [
    `${name}.yaml`,
    `{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: ${name}}, spec: {content: Hi}}`,
  ]));
  return { revision, files, problems: [] };
}

const readyOf = (
  { conditions = [] }: { conditions?: { type: string; reason: string }[] | undefined },
) => conditions.find(({ type }) => type === "Ready")?.reason;

Deno.test("FlowSources: two are read at once, however many there are", async () => {
  const gate = Promise.withResolvers<Snapshot>();
  let [open, most] = [0, 0];
  await using memory = syncedMemory(async () => {
    most = Math.max(most, ++open);
    await gate.promise;
    open--;
    return snapshot("r1", []);
  });
  await memory.start();
  for (const name of ["a", "b", "c", "d", "e"]) memory.put(name);
  await memory.idle();
  assert.equal(most, 2);
  gate.resolve(snapshot("r1", []));
  await memory.idle();
  assert.equal(most, 2);
  assert.equal(memory.synced.length, 5);
});

Deno.test("FlowSources: a source is read by its interval; nothing is written where nothing is new", async () => {
  let reads = 0;
  await using memory = syncedMemory(() =>
    Promise.resolve(reads++ === 0 ? snapshot("r1", ["a"]) : undefined)
  );
  await memory.start();
  memory.put("flows", { interval: "1m" });
  await memory.idle();
  assert.deepEqual(memory.cluster.writes.splice(0), [
    // The inventory first, so that nothing that was applied is forgotten.
    "patch FlowSource demo/flows",
    "apply Prompt demo/a",
    "patch FlowSource demo/flows",
  ]);
  memory.clock.advance(59_999);
  await memory.idle();
  assert.equal(reads, 1);
  memory.clock.advance(1);
  await memory.idle();
  assert.equal(reads, 2);
  assert.deepEqual(memory.cluster.writes, []);
  assert.deepEqual(memory.synced, ["flows changed", "flows unchanged"]);
  assert.deepEqual(memory.errors, []);
});

Deno.test("FlowSources: a failure is tried again after 5 s, then later each time, up to the interval", async () => {
  let reads = 0;
  await using memory = syncedMemory(() => {
    reads++;
    throw new FetchFailure("NotFound", "there is no such thing");
  });
  await memory.start();
  memory.put("flows", { interval: "15s" });
  await memory.idle();
  for (const wait of [5_000, 10_000, 15_000, 15_000]) {
    const before = reads;
    memory.clock.advance(wait - 1);
    await memory.idle();
    assert.equal(reads, before, `not before ${wait} ms`);
    memory.clock.advance(1);
    await memory.idle();
    assert.equal(reads, before + 1, `after ${wait} ms`);
  }
  assert.equal(readyOf(memory.status("flows")), "NotFound");
});

Deno.test("FlowSources: a server that asks to be left alone is", async () => {
  let reads = 0;
  await using memory = syncedMemory(() => {
    reads++;
    throw new FetchFailure("Unreachable", "429", { retryAfter: 90_000 });
  });
  await memory.start();
  memory.put("flows");
  await memory.idle();
  memory.clock.advance(89_999);
  await memory.idle();
  assert.equal(reads, 1);
  memory.clock.advance(1);
  await memory.idle();
  assert.equal(reads, 2);
});

Deno.test("FlowSources: the annotation has a source read at once, and its value is told", async () => {
  let reads = 0;
  await using memory = syncedMemory(() => Promise.resolve(reads++ ? undefined : snapshot("r", [])));
  await memory.start();
  memory.put("flows");
  await memory.idle();
  memory.put("flows", {}, { "genkit.dev/reconcile-requested-at": "now" });
  await memory.idle();
  assert.equal(reads, 2);
  assert.equal(memory.status("flows").lastHandledReconcileAt, "now");
});

Deno.test("FlowSources: more objects than an inventory holds are refused, and none is applied", async () => {
  const names = Array.from({ length: 1001 }, (_, index) => `p${index}`);
  await using memory = syncedMemory(() => Promise.resolve(snapshot("r", names)));
  await memory.start();
  memory.put("flows");
  await memory.idle();
  assert.equal(readyOf(memory.status("flows")), "TooLarge");
  assert.deepEqual(memory.cluster.writes, ["patch FlowSource demo/flows"]);
});

Deno.test("FlowSources: a reading that takes too long is ended, and a stop ends it too", async () => {
  const ended: string[] = [];
  const memory = syncedMemory((url, signal) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        ended.push(new URL(url).pathname);
        reject(signal.reason);
      })
    )
  );
  await memory.start();
  memory.put("slow");
  await memory.idle();
  memory.clock.advance(60_000);
  await memory.idle();
  assert.deepEqual(ended, ["/slow"]);
  assert.equal(readyOf(memory.status("slow")), "Unreachable");
  memory.clock.advance(5_000);
  await memory.idle();
  await memory[Symbol.asyncDispose]();
  assert.deepEqual(ended, ["/slow", "/slow"]);
  assert.deepEqual(memory.errors, []);
});

Deno.test("FlowSources: what is gone from the source stays without prune, and is forgotten", async () => {
  const snapshots = [snapshot("r1", ["a", "b"]), snapshot("r2", ["a"])];
  await using memory = syncedMemory(() => Promise.resolve(snapshots.shift()));
  await memory.start();
  memory.put("flows");
  await memory.idle();
  memory.clock.advance(60_000);
  await memory.idle();
  assert.ok(memory.cluster.find("Prompt", { namespace: "demo", name: "b" }));
  assert.deepEqual(memory.status("flows").inventory?.map(({ name }) => name), ["a"]);
});

Deno.test("FlowSources: another ServiceAccount is asked whether it may, though nothing is to be written", async () => {
  await using memory = syncedMemory(() => Promise.resolve(snapshot("r", ["hello"])));
  memory.forbidden.add("system:serviceaccount:demo:nobody");
  await memory.start();
  memory.put("flows", { serviceAccountName: "deployer" });
  await memory.idle();
  assert.equal(readyOf(memory.status("flows")), "Synced");
  memory.put("flows", { serviceAccountName: "nobody" });
  await memory.idle();
  assert.equal(readyOf(memory.status("flows")), "NotAllowed");
});

Deno.test("FlowSources: what a sync changed is told, though its FlowSource is annotated meanwhile", async () => {
  await using memory = syncedMemory(() => Promise.resolve(snapshot("r", ["hello"])));
  memory.onWrite = () =>
    memory.put("flows", {}, { "genkit.dev/reconcile-requested-at": "meanwhile" });
  await memory.start();
  memory.put("flows");
  await memory.idle();
  assert.equal(memory.status("flows").lastHandledReconcileAt, "meanwhile");
  assert.equal(memory.status("flows").sync?.applied, 1);
});

Deno.test("FlowSources: an edit breaks off a reading that stalls, and an annotation does not", async () => {
  const stalled = Promise.withResolvers<Snapshot>();
  await using memory = syncedMemory((url, signal) => {
    if (url.endsWith("good")) return Promise.resolve(snapshot("r", ["hello"]));
    signal.addEventListener("abort", () => stalled.reject(signal.reason));
    return stalled.promise;
  });
  await memory.start();
  memory.put("flows");
  await memory.idle();
  memory.put("flows", {}, { "genkit.dev/reconcile-requested-at": "now" });
  await memory.idle();
  assert.deepEqual(memory.status("flows"), {});
  memory.put("flows", { git: { url: "https://git.example/good" } as FlowSource["spec"]["git"] });
  await memory.idle();
  assert.equal(readyOf(memory.status("flows")), "Synced");
  assert.deepEqual([memory.synced, memory.errors], [["flows changed"], []]);
});
