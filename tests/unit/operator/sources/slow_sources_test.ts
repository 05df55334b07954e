import assert from "assert";
import type { Snapshot } from "../../../../shared/sources/source.ts";
import { syncedMemory } from "./synced_memory.ts";

const EMPTY: Snapshot = { revision: "r1", files: new Map(), problems: [] };

/** Sources of which those whose names begin with `stalled` never answer. */
function stalling() {
  /** The names that were asked, in their order, and those that still wait. */
  const asked: string[] = [];
  const waiting = new Set<string>();
  /** Those that stall no more. */
  const mended = new Set<string>();
  const memory = syncedMemory(async (url, signal) => {
    const name = url.slice(url.lastIndexOf("/") + 1);
    asked.push(name);
    if (!name.startsWith("stalled") || mended.has(name)) return EMPTY;
    waiting.add(name);
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve());
    await aborted.promise;
    waiting.delete(name);
    throw signal.reason;
  });
  const git = (name: string, timeout = "1h") => ({
    git: { url: `https://git.example/${name}`, timeout, insecure: false },
    interval: "1h",
  });
  const advance = async (ms: number) => {
    memory.clock.advance(ms);
    await memory.idle();
  };
  return { memory, asked, waiting, mended, git, advance };
}

Deno.test("FlowSources: sources that stall leave a worker to the others", async (t) => {
  const { memory, asked, waiting, git, advance } = stalling();
  await using _ = memory;
  await memory.start();
  for (const name of ["stalled-1", "stalled-2", "good"]) memory.put(name, git(name));
  await memory.idle();
  assert.deepEqual(asked, ["stalled-1", "stalled-2"]);
  await t.step("after 20 s, one of them at most has one", async () => {
    await advance(20_000);
    assert.deepEqual(asked, ["stalled-1", "stalled-2", "good"]);
    assert.deepEqual([...waiting], ["stalled-1"]);
    assert.deepEqual(memory.synced, ["good unchanged"]);
  });
  await t.step("then the others are read at once, for as long as they stall", async () => {
    await advance(60_000);
    memory.put("later", git("later"));
    await memory.idle();
    assert.equal(asked.at(-1), "later");
    assert.deepEqual([...waiting], ["stalled-1"]);
  });
  await t.step("the first has its whole time-out, and says that it took too long", async () => {
    await advance(3_600_000 - 80_000 - 1);
    assert.deepEqual([...waiting], ["stalled-1"]);
    await advance(1);
    assert.match(
      JSON.stringify(memory.status("stalled-1").conditions),
      /Cannot read the source: it took longer than 3600 s/,
    );
  });
  await t.step("then the second has its turn, with all of its own", async () => {
    // The first is tried again after 5 s, but not beside it.
    await advance(10_000);
    assert.deepEqual([...waiting], ["stalled-2"]);
    await advance(3_600_000 - 10_000);
    assert.match(
      JSON.stringify(memory.status("stalled-2").conditions),
      /Cannot read the source: it took longer than 3600 s/,
    );
  });
  assert.deepEqual(memory.errors, []);
});

Deno.test("FlowSources: a source that takes long goes on while no other does", async () => {
  const { memory, asked, waiting, git, advance } = stalling();
  await using _ = memory;
  await memory.start();
  for (const name of ["stalled-1", "good"]) memory.put(name, git(name, "1m"));
  await memory.idle();
  await advance(59_999);
  assert.deepEqual([...waiting], ["stalled-1"]);
  assert.equal(asked.filter((name) => name === "stalled-1").length, 1);
  await advance(1);
  assert.deepEqual(memory.synced.sort(), ["good unchanged", "stalled-1 failed"]);
});

Deno.test("FlowSources: an edit does not wait behind a source that takes long", async () => {
  const { memory, asked, waiting, git, advance } = stalling();
  await using _ = memory;
  await memory.start();
  for (const name of ["stalled-1", "stalled-2", "stalled-3"]) memory.put(name, git(name));
  await memory.idle();
  await advance(20_000);
  await advance(20_000);
  assert.deepEqual([...waiting], ["stalled-1"]);
  memory.put("stalled-2", git("good-2"));
  await memory.idle();
  assert.equal(asked.at(-1), "good-2");
  memory.put("stalled-3", { ...git("stalled-3"), suspend: true });
  await memory.idle();
  assert.match(JSON.stringify(memory.status("stalled-3").conditions), /Suspended/);
  assert.deepEqual([...waiting], ["stalled-1"]);
});

Deno.test("FlowSources: a source that took long once, and does no more, is as the others", async () => {
  const { memory, waiting, mended, git, advance } = stalling();
  await using _ = memory;
  await memory.start();
  memory.put("stalled-1", git("stalled-1", "1m"));
  await memory.idle();
  await advance(60_000);
  mended.add("stalled-1");
  await advance(5_000);
  assert.deepEqual(memory.synced.splice(0), ["stalled-1 failed", "stalled-1 unchanged"]);
  memory.put("stalled-2", git("stalled-2"));
  await memory.idle();
  await advance(60_000);
  assert.deepEqual([...waiting], ["stalled-2"]);
  const again = { "genkit.dev/reconcile-requested-at": "now" };
  memory.put("stalled-1", git("stalled-1", "1m"), again);
  await memory.idle();
  assert.deepEqual(memory.synced, ["stalled-1 unchanged"]);
});
