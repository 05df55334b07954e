import assert from "assert";
import { watchFolders } from "../../../shared/sources/folder_watch.ts";
import { ManualClock } from "../manual_clock.ts";
import { FakeWatcher } from "./fake_watcher.ts";

function start() {
  const clock = new ManualClock();
  const watchers: { paths: string[]; watcher: FakeWatcher }[] = [];
  const watch = watchFolders({
    times: { quiet: 100, ceiling: 1000 },
    clock,
    watchFs(paths) {
      const watcher = new FakeWatcher();
      watchers.push({ paths, watcher });
      return watcher;
    },
  });
  return { clock, watchers, watch };
}

const folders = new Set(["/flows", "/flows/x"]);
const entries = new Set(["/flows", "/other/link.yaml"]);

Deno.test("only what can change the files wakes the reader", async () => {
  const cases: [boolean, Deno.FsEvent["kind"], string[]][] = [
    [true, "modify", ["/flows/a.yaml"]],
    [true, "create", ["/flows/x/b.json"]],
    [true, "remove", ["/flows/x"]],
    [true, "create", ["/flows/v1.2"]],
    [true, "rename", ["/flows/a.tmp", "/flows/a.yaml"]],
    [true, "modify", ["/other/link.yaml"]],
    [true, "remove", ["/flows"]],
    [true, "other", []],
    [false, "access", ["/flows/a.yaml"]],
    [false, "modify", ["/flows/server.log"]],
    [false, "modify", ["/other/b.yaml"]],
    [false, "create", ["/neighbour"]],
  ];
  for (const [wakes, kind, paths] of cases) {
    const { watch, watchers, clock } = start();
    watch.cover(folders, entries);
    await watchers[0]!.watcher.emit(kind, ...paths);
    // A second one is taken only when the first has been judged.
    await watchers[0]!.watcher.emit("access", "/flows");
    assert.equal(clock.pending > 0, wakes, `${kind} ${paths}`);
    watch[Symbol.dispose]();
  }
});

Deno.test("folders are watched, and entries through their folders", () => {
  const { watch, watchers } = start();
  assert.equal(watch.cover(folders, entries), true);
  assert.deepEqual(watchers[0]!.paths, ["/", "/flows", "/flows/x", "/other"]);
  watch[Symbol.dispose]();
});

Deno.test("a new set replaces the old one; the same set is left alone", async () => {
  const { watch, watchers } = start();
  watch.cover(folders, entries);
  assert.equal(watch.cover(new Set([...folders].reverse()), entries), false);
  assert.equal(watch.cover(new Set(["/flows"]), entries), true);
  assert.equal(watchers.length, 2);
  await watchers[0]!.watcher.closed.promise;
  watch[Symbol.dispose]();
  await watchers[1]!.watcher.closed.promise;
});

Deno.test("a burst that ends while nobody waits is told to the next who does", async () => {
  const { watch, watchers, clock } = start();
  watch.cover(folders, entries);
  await watchers[0]!.watcher.emit("modify", "/flows/a.yaml");
  await watchers[0]!.watcher.emit("access");
  clock.advance(100);
  assert.equal(await watch.changed(), true);
  const next = watch.changed();
  watch[Symbol.dispose]();
  assert.equal(await next, false);
  assert.equal(await watch.changed(), false);
});

Deno.test("a watch that the system gives up is an error", async () => {
  const { watch, watchers } = start();
  watch.cover(folders, entries);
  await watchers[0]!.watcher.fail("gone").catch(() => {});
  await assert.rejects(watch.changed(), { message: "gone" });
  watch[Symbol.dispose]();
});
