import assert from "assert";
import { filesystemSource } from "../../../shared/sources/filesystem.ts";
import type { Snapshot } from "../../../shared/sources/source.ts";
import { ManualClock } from "../manual_clock.ts";
import { FakeWatcher } from "./fake_watcher.ts";
import { type Folder, folder } from "./folder.ts";

/** The snapshots of a source that watches, one by one; ends with the test. */
function watching(paths: string[], watchFs?: typeof Deno.watchFs) {
  const stop = new AbortController();
  const source = filesystemSource({
    paths,
    debounce: { quiet: 5, ceiling: 50 },
    ...watchFs && { watchFs },
  });
  const iterator = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  return {
    async next(): Promise<Snapshot> {
      const { value, done } = await iterator.next();
      assert(!done, "the snapshots ended");
      return value;
    },
    /** Takes snapshots until one is as wanted: a slow machine may show steps in between. */
    async until(wanted: (texts: Record<string, string>) => boolean): Promise<Snapshot> {
      for (;;) {
        const snapshot = await this.next();
        if (wanted(byName(snapshot))) return snapshot;
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      assert.equal((await iterator.next()).done, true);
    },
  };
}

async function once(options: Parameters<typeof filesystemSource>[0]): Promise<Snapshot> {
  const source = filesystemSource({ ...options, watch: false });
  const all = await Array.fromAsync(source.snapshots(new AbortController().signal));
  assert.equal(all.length, 1);
  return all[0]!;
}

function byName({ files }: Snapshot): Record<string, string> {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return Object.fromEntries([...files].map(([path, text]) => [name(path), text]));
}

function says(root: Folder, { problems }: Snapshot): string[] {
  return problems.map(({ file, message }) => `${file.replace(`${root.path}/`, "")}: ${message}`);
}

Deno.test("without watching there is one snapshot, sorted by path", async () => {
  await using root = await folder({ "b.yaml": "b", "a.json": "a", "c.md": "c" });
  const snapshot = await once({ paths: [`${root.path}/b.yaml`, root.path] });
  assert.deepEqual([...snapshot.files], [
    [`${root.path}/a.json`, "a"],
    [`${root.path}/b.yaml`, "b"],
  ]);
});

Deno.test("the revision is that of the paths and texts, not of their order", async () => {
  await using root = await folder({ "a.yaml": "1", "b.yaml": "2" });
  const paths = [`${root.path}/a.yaml`, `${root.path}/b.yaml`];
  const { revision } = await once({ paths });
  assert.match(revision, /^[0-9a-f]{64}$/);
  assert.equal((await once({ paths: paths.toReversed() })).revision, revision);
  await root.write("a.yaml", "2");
  assert.notEqual((await once({ paths })).revision, revision);
});

Deno.test("a PATH that names nothing is an error from the start", async () => {
  await using root = await folder({ "a.yaml": "" });
  const paths = [`${root.path}/a.yaml`, `${root.path}/none`];
  await assert.rejects(once({ paths }), { message: /^Cannot read ".*\/none": there is no such/ });
});

Deno.test("a file that is too large or no UTF-8 is a problem that leaves the others", async () => {
  await using root = await folder({
    "large.yaml": new Uint8Array(10 * 1024 * 1024 + 1).fill(35),
    "latin1.yaml": new Uint8Array([0x61, 0xe9, 0x62]),
    "cut.yaml": new Uint8Array([0x61, 0xc3]),
    "mark.yaml": new Uint8Array([0xef, 0xbb, 0xbf, 0x61]),
  });
  const snapshot = await once({ paths: [root.path] });
  assert.deepEqual(byName(snapshot), { "mark.yaml": "a" });
  assert.deepEqual(says(root, snapshot), [
    "cut.yaml: cannot be read: it is not UTF-8 text",
    "large.yaml: cannot be read: it is larger than 10 MiB",
    "latin1.yaml: cannot be read: it is not UTF-8 text",
  ]);
});

Deno.test("standard input is read once, and its end is that of the snapshots", async () => {
  const stdin = ReadableStream.from([new TextEncoder().encode("a: 1")]);
  const source = filesystemSource({ paths: ["-", "-"], stdin });
  const all = await Array.fromAsync(source.snapshots(new AbortController().signal));
  assert.deepEqual(all.map(({ files }) => [...files]), [[["<stdin>", "a: 1"]]]);
});

Deno.test("standard input that never comes can be given up", async () => {
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const stdin = new ReadableStream<Uint8Array>({ pull: () => asked.resolve() }, {
    highWaterMark: 0,
  });
  const source = filesystemSource({ paths: ["-"], stdin });
  const all = Array.fromAsync(source.snapshots(stop.signal));
  await asked.promise;
  stop.abort();
  assert.deepEqual(await all, []);
});

Deno.test("edits, new files, new folders and deletions each give a snapshot", async () => {
  await using root = await folder({ "a.yaml": "1" });
  await using source = watching([root.path]);
  assert.deepEqual(byName(await source.next()), { "a.yaml": "1" });
  await root.write("a.yaml", "2");
  await source.until((texts) => texts["a.yaml"] === "2");
  await root.write("b.json", "{}");
  await source.until((texts) => texts["b.json"] === "{}");
  await root.write("x/y.z/c.yaml", "c");
  await source.until((texts) => texts["c.yaml"] === "c");
  await root.write("x/y.z/c.yaml", "d");
  await source.until((texts) => texts["c.yaml"] === "d");
  await Deno.remove(`${root.path}/x`, { recursive: true });
  await source.until((texts) => !("c.yaml" in texts));
  await Deno.remove(`${root.path}/a.yaml`);
  assert.deepEqual(byName(await source.next()), { "b.json": "{}" });
});

Deno.test("a file that an editor replaces by renaming is followed, again and again", async () => {
  await using root = await folder({ "a.yaml": "0" });
  await using source = watching([`${root.path}/a.yaml`]);
  await source.next();
  for (const text of ["1", "2", "3"]) {
    await Deno.rename(await root.write("a.yaml~", text), `${root.path}/a.yaml`);
    assert.deepEqual(byName(await source.next()), { "a.yaml": text });
  }
});

Deno.test("a mounted ConfigMap is followed when Kubernetes swaps its ..data", async () => {
  await using root = await folder({ "..1/flows.yaml": "old", "..2/flows.yaml": "new" });
  await Deno.symlink("..1", `${root.path}/..data`);
  await Deno.symlink("..data/flows.yaml", `${root.path}/flows.yaml`);
  for (const path of [root.path, `${root.path}/flows.yaml`]) {
    await using source = watching([path]);
    const before = byName(await source.next())["flows.yaml"];
    const [from, to] = before === "old" ? ["..1", "..2"] : ["..2", "..1"];
    await Deno.symlink(to, `${root.path}/..data_tmp`);
    await Deno.rename(`${root.path}/..data_tmp`, `${root.path}/..data`);
    const after = await source.next();
    assert.deepEqual([before, byName(after)["flows.yaml"]].sort(), ["new", "old"], from);
    assert.equal(after.files.size, 1);
  }
});

Deno.test("a link is followed to where it leads, and to where it is turned", async () => {
  await using root = await folder({ "v1/a.yaml": "1", "v2/a.yaml": "2" });
  await Deno.symlink("v1", `${root.path}/current`);
  await using source = watching([`${root.path}/current`]);
  assert.deepEqual(byName(await source.next()), { "a.yaml": "1" });
  await root.write("v1/a.yaml", "1b");
  await source.until((texts) => texts["a.yaml"] === "1b");
  await Deno.symlink("v2", `${root.path}/next`);
  await Deno.rename(`${root.path}/next`, `${root.path}/current`);
  await source.until((texts) => texts["a.yaml"] === "2");
});

Deno.test("a folder that goes away keeps what it held, and is found again with its parents", async (t) => {
  for (const glob of ["", "/*.yaml"]) {
    await t.step(`a/b${glob}`, async () => {
      await using root = await folder({ "a/b/c.yaml": "1", "a/b/p.prompt": "p", "d/e.yaml": "1" });
      await using source = watching([`${root.path}/a/b${glob}`, `${root.path}/d`]);
      await source.next();
      await Deno.rename(`${root.path}/a/b`, `${root.path}/away`);
      const gone = await source.next();
      assert.match(gone.problems[0]!.message, /^Cannot read /);
      assert.deepEqual(byName(gone), { "c.yaml": "1", "p.prompt": "p", "e.yaml": "1" });
      assert.deepEqual([...gone.resources!], [`${root.path}/a/b/p.prompt`]);
      await Deno.remove(`${root.path}/a`);
      await root.write("d/e.yaml", "2");
      const edited = await source.until((texts) => texts["e.yaml"] === "2");
      assert.equal(byName(edited)["c.yaml"], "1");
      await root.write("a/b/c.yaml", "2");
      const back = await source.until((texts) => texts["c.yaml"] === "2");
      assert.deepEqual([byName(back)["p.prompt"], back.problems], [undefined, []]);
    });
  }
});

Deno.test("a folder in whose place another one is put is followed", async (t) => {
  for (const path of ["", "/flows", "/flows/in"]) {
    await t.step(`of ${path === "" ? "its parent" : path}`, async () => {
      await using root = await folder({ "flows/in/a.yaml": "1", "next/in/a.yaml": "2" });
      await using source = watching([`${root.path}${path}`]);
      await source.next();
      const place = `${root.path}${path === "" ? "/flows" : path}`;
      const next = place.replace("/flows", "/next");
      Deno.renameSync(place, `${root.path}/.old`);
      Deno.renameSync(next, place);
      await source.until((texts) => texts["a.yaml"] === "2");
      await root.write("flows/in/a.yaml", "3");
      await source.until((texts) => texts["a.yaml"] === "3");
    });
  }
});

Deno.test("what is taken out of a folder that is there goes", async () => {
  await using root = await folder({ "a/b/c.yaml": "1", "d.yaml": "1" });
  await using source = watching([root.path]);
  await source.next();
  await Deno.remove(`${root.path}/a`, { recursive: true });
  await source.until((texts) => !("c.yaml" in texts));
  await Deno.remove(`${root.path}/d.yaml`);
  await source.until((texts) => !("d.yaml" in texts));
});

Deno.test("more files than may be keep those that were read last", async () => {
  await using root = await folder({ "a.yaml": "1" });
  const stop = new AbortController();
  const source = filesystemSource({
    paths: [root.path],
    maxFiles: 2,
    debounce: { quiet: 5, ceiling: 50 },
  });
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  await snapshots.next();
  await Promise.all(["b.yaml", "c.yaml", "d.yaml"].map((name) => root.write(name, "1")));
  for (;;) {
    const { value } = await snapshots.next();
    assert.equal(byName(value!)["a.yaml"], "1");
    if (value!.problems.length > 0) break;
  }
  stop.abort();
  await snapshots.next();
});

Deno.test("a file that becomes unreadable is a problem, not the end of the watch", async () => {
  await using root = await folder({ "a.yaml": "1", "b.yaml": "1" });
  await using source = watching([root.path]);
  await source.next();
  await root.write("b.yaml", new Uint8Array([0xff]));
  let snapshot = await source.next();
  while (snapshot.problems.length === 0) snapshot = await source.next();
  assert.deepEqual(byName(snapshot), { "a.yaml": "1" });
  assert.deepEqual(says(root, snapshot), ["b.yaml: cannot be read: it is not UTF-8 text"]);
  await root.write("b.yaml", "2");
  await source.until((texts) => texts["b.yaml"] === "2");
});

Deno.test("a file whose name is not UTF-8 is a problem, not the end of the watch", async () => {
  await using files = await folder({ "a.yaml": "1" });
  await using source = watching([files.path]);
  await source.next();
  // A process that serves goes on while nothing is watched for a moment.
  const alive = setInterval(() => {}, 1000);
  // Deno's own functions take no such name.
  const touch = new Deno.Command("sh", {
    args: ["-c", `touch "$(printf 'b\\377.yaml')"`],
    cwd: files.path,
  });
  assert.equal((await touch.output()).code, 0);
  const { problems } = await source.until((texts) => texts["a.yaml"] === "1");
  assert.match(problems.map(({ message }) => message).join(), /^cannot be read: /);
  await files.write("a.yaml", "2");
  await source.until((texts) => texts["a.yaml"] === "2");
  clearInterval(alive);
});

Deno.test("what changes no file gives no snapshot", async () => {
  await using root = await folder({ "a.yaml": "1" });
  let looks = Promise.withResolvers<void>();
  const paths = Object.assign([root.path], {
    *[Symbol.iterator]() {
      looks.resolve();
      yield root.path;
    },
  });
  const [clock, watcher, stop] = [new ManualClock(), new FakeWatcher(), new AbortController()];
  const source = filesystemSource({ paths, clock, watchFs: () => watcher });
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  await snapshots.next();
  const next = snapshots.next();
  // That it looks a second time shows that nothing came of the first.
  for (const _ of ["first", "second"]) {
    looks = Promise.withResolvers();
    await watcher.emit("modify", `${root.path}/a.yaml`);
    await watcher.emit("access");
    clock.advance(100);
    assert.equal(await Promise.race([next, looks.promise]), undefined);
  }
  stop.abort();
  assert.equal((await next).done, true);
});

Deno.test("what appears while the watch is being set up is not missed", async () => {
  await using root = await folder({ "a.yaml": "1" });
  await using source = watching([root.path], (paths) => {
    Deno.writeTextFileSync(`${root.path}/b.yaml`, "2");
    return Deno.watchFs(paths, { recursive: false });
  });
  assert.deepEqual(byName(await source.next()), { "a.yaml": "1", "b.yaml": "2" });
});

Deno.test("a file that vanishes before it is read is not there, which is no problem", async () => {
  await using root = await folder({ "a.yaml": "1", "b.yaml": "2" });
  let left = 1;
  const paths = Object.assign([root.path], {
    *[Symbol.iterator]() {
      yield root.path;
      // The folder has been listed by now.
      if (left-- > 0) Deno.removeSync(`${root.path}/b.yaml`);
    },
  });
  const snapshot = await once({ paths });
  assert.deepEqual([byName(snapshot), snapshot.problems], [{ "a.yaml": "1" }, []]);
});

Deno.test("standard input keeps what it gave while files beside it change", async () => {
  await using root = await folder({ "a.yaml": "1" });
  const stop = new AbortController();
  const stdin = ReadableStream.from([new TextEncoder().encode("s")]);
  const source = filesystemSource({
    paths: ["-", root.path],
    stdin,
    debounce: { quiet: 5, ceiling: 50 },
  });
  const seen: Record<string, string>[] = [];
  for await (const snapshot of source.snapshots(stop.signal)) {
    seen.push(byName(snapshot));
    assert.deepEqual(snapshot.problems, []);
    if (seen.length === 1) await Deno.rename(`${root.path}/a.yaml`, `${root.path}/b.yaml`);
    else stop.abort();
  }
  assert.deepEqual(seen, [{ "<stdin>": "s", "a.yaml": "1" }, { "<stdin>": "s", "b.yaml": "1" }]);
});

Deno.test("an aborted signal ends the snapshots without an error", async () => {
  await using root = await folder({ "a.yaml": "1" });
  const source = filesystemSource({ paths: [root.path] });
  assert.deepEqual(await Array.fromAsync(source.snapshots(AbortSignal.abort())), []);
  const stop = new AbortController();
  for await (const _ of source.snapshots(stop.signal)) stop.abort();
});

Deno.test("the system's refusal to watch is an error that says what was tried", async () => {
  await using root = await folder({ "a.yaml": "1" });
  const source = watching([root.path], () => {
    throw new Error("no space left on device");
  });
  await assert.rejects(source.next(), {
    message: /^Cannot watch \d+ folders for changes: no space left on device$/,
  });
});

Deno.test("prompts and files that resources names are resources, and are followed", async () => {
  await using root = await folder({
    "a.yaml": "a",
    "prompts/p.prompt": "one",
    "schemas/s.json": "{}",
    "notes.txt": "no",
  });
  const stop = new AbortController();
  const source = filesystemSource({
    paths: [root.path],
    resources: ["schemas/**"],
    debounce: { quiet: 5, ceiling: 50 },
  });
  const resourcesOf = ({ resources = new Set() }: Snapshot) =>
    [...resources].map((path) => path.replace(`${root.path}/`, ""));
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  const { value: first } = await snapshots.next();
  assert.deepEqual(byName(first), { "a.yaml": "a", "p.prompt": "one", "s.json": "{}" });
  assert.deepEqual(resourcesOf(first), ["prompts/p.prompt", "schemas/s.json"]);
  await root.write("prompts/p.prompt", "two");
  let next: Snapshot;
  do next = (await snapshots.next()).value; while (byName(next)["p.prompt"] !== "two");
  assert.notEqual(next.revision, first.revision);
  stop.abort();
  await snapshots.next();

  const plain = await once({ paths: [root.path] });
  assert.deepEqual(resourcesOf(plain), ["prompts/p.prompt"]);
  assert.equal(Object.hasOwn(byName(plain), "s.json"), true, "it may hold objects");
  const glob = await once({ paths: [`${root.path}/**/*.yaml`] });
  assert.deepEqual(byName(glob), { "a.yaml": "a", "p.prompt": "two" });
});
