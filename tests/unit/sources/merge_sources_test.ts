import assert from "assert";
import type { MergedSnapshot } from "../../../shared/sources/merge_snapshots.ts";
import { mergeSources, type SourceEntry } from "../../../shared/sources/merge_sources.ts";
import { readObjects } from "../../../shared/sources/read_objects.ts";
import type { Snapshot, Source } from "../../../shared/sources/source.ts";

/** A source that gives what a test puts into it. */
class FakeSource implements Source {
  readonly name: string;
  #stream = new TransformStream<Snapshot, Snapshot>(undefined, undefined, { highWaterMark: 100 });
  #writer = this.#stream.writable.getWriter();

  constructor(name: string) {
    this.name = name;
  }

  async *snapshots(signal: AbortSignal): AsyncGenerator<Snapshot> {
    signal.addEventListener("abort", () => this.#writer.close().catch(() => {}), { once: true });
    yield* this.#stream.readable;
  }

  status() {
    return { name: this.name };
  }

  give(files: Record<string, string>, rest: Partial<Snapshot> = {}): void {
    const revision = JSON.stringify(files);
    this.#writer.write({ revision, files: new Map(Object.entries(files)), problems: [], ...rest });
  }

  end(): void {
    this.#writer.close();
  }

  fail(error: Error): void {
    this.#writer.abort(error);
  }
}

/** Follows merged sources; ends with the test. */
function merging(...entries: SourceEntry[]) {
  const stop = new AbortController();
  const debounce = { quiet: 0, ceiling: 0 };
  const source = mergeSources(entries, { debounce });
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  return {
    async next(): Promise<MergedSnapshot> {
      const { value, done } = await snapshots.next();
      assert(!done, "the snapshots ended");
      return value;
    },
    ended: async () => (await snapshots.next()).done === true,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await snapshots.next().catch(() => {});
    },
  };
}

const said = (problems: readonly { file: string; message: string }[] = []) =>
  problems.map(({ file, message }) => `${file}: ${message}`);

Deno.test("the files of all sources, when each has given some; names say where they are from", async () => {
  const [git, disk] = [new FakeSource("git"), new FakeSource("disk")];
  await using merged = merging({ source: git }, { source: disk, local: true });
  git.give({ "a.yaml": "git a" });
  disk.give({ "flows/b.yaml": "disk b" });

  const { files, sources, revisions } = await merged.next();

  assert.deepEqual([...files], [["flows/b.yaml", "disk b"], ["git//a.yaml", "git a"]]);
  assert.deepEqual([...sources], [["flows/b.yaml", "disk"], ["git//a.yaml", "git"]]);
  assert.deepEqual([...revisions.keys()], ["disk", "git"]);
});

Deno.test("of a path that several have, the local file is taken, then the order given", async () => {
  const [one, two, disk] = [new FakeSource("one"), new FakeSource("two"), new FakeSource("disk")];
  await using merged = merging({ source: one }, { source: two }, { source: disk, local: true });
  one.give({ "a.yaml": "one a", "b.yaml": "one b" });
  two.give({ "a.yaml": "two a", "b.yaml": "two b", "c.yaml": "two c" });
  disk.give({ "a.yaml": "disk a" });

  const { files, collisions, problems } = await merged.next();

  assert.deepEqual([...files], [
    ["a.yaml", "disk a"],
    ["one//b.yaml", "one b"],
    ["two//c.yaml", "two c"],
  ]);
  assert.deepEqual(said(collisions), [
    "one//a.yaml: the file is passed over; a.yaml goes before it",
    "two//a.yaml: the file is passed over; a.yaml goes before it",
    "two//b.yaml: the file is passed over; one//b.yaml goes before it",
  ]);
  assert.deepEqual(problems, []);
});

Deno.test("a file that cannot be read now still goes before those of its path", async () => {
  const [git, disk] = [new FakeSource("git"), new FakeSource("disk")];
  await using merged = merging({ source: git }, { source: disk, local: true });
  git.give({ "a.yaml": "git a" });
  disk.give({ "b.yaml": "b" }, { problems: [{ file: "a.yaml", message: "cannot be read" }] });

  const { files, problems } = await merged.next();

  assert.deepEqual([...files.keys()], ["b.yaml"]);
  assert.deepEqual(said(problems), ["a.yaml: cannot be read"]);
});

Deno.test("of an object that several sources have the first is taken; twice in one is an error", async () => {
  const flow = (name: string, text: string) =>
    `apiVersion: genkit.dev/v1alpha1\nkind: Flow\nmetadata: { name: ${name} }\nspec: ${text}\n`;
  const [git, disk] = [new FakeSource("git"), new FakeSource("disk")];
  await using merged = merging({ source: git }, { source: disk, local: true });
  git.give({ "1.yaml": flow("a", "git"), "2.yaml": flow("b", "git"), "3.yaml": flow("b", "git") });
  disk.give({ "mine.yaml": flow("a", "disk") });
  const { files, sources } = await merged.next();

  const read = readObjects(files, (file) => sources.get(file)!);

  const specs = read.objects.map(({ value }) => (value as { spec: string }).spec);
  assert.deepEqual(specs, ["disk", "git"]);
  assert.deepEqual(said(read.collisions), [
    'git//1.yaml: Flow "default/a" is passed over; the one at mine.yaml:1:1 goes before it',
  ]);
  assert.deepEqual(said(read.problems), [
    'git//3.yaml: Flow "default/b" is defined twice; the other is at git//2.yaml:1:1',
  ]);
});

Deno.test("a change of one source leaves the others as they are", async () => {
  const [git, disk] = [new FakeSource("git"), new FakeSource("disk")];
  await using merged = merging({ source: disk, local: true }, { source: git });
  git.give({ "a.yaml": "1" });
  disk.give({ "b.yaml": "b" });
  const first = await merged.next();

  git.give({ "a.yaml": "2" });
  const second = await merged.next();

  assert.deepEqual([...second.files], [["b.yaml", "b"], ["git//a.yaml", "2"]]);
  assert.notEqual(first.revision, second.revision);
});

Deno.test("a source that becomes empty keeps its files and says so, unless it may be empty", async () => {
  const [kept, cleared] = [new FakeSource("kept"), new FakeSource("cleared")];
  await using merged = merging({ source: kept }, { source: cleared, allowEmpty: true });
  kept.give({ "a.yaml": "a" });
  cleared.give({ "b.yaml": "b" });
  await merged.next();

  kept.give({});
  const one = await merged.next();
  assert.deepEqual([...one.files.keys()], ["kept//a.yaml", "cleared//b.yaml"]);
  assert.match(said(one.problems).join(), /^kept: it is empty .* stays .*; set allowEmpty where/);
  cleared.give({});
  assert.deepEqual([...(await merged.next()).files.keys()], ["kept//a.yaml"]);
  kept.give({ "c.yaml": "c" });
  const last = await merged.next();
  assert.deepEqual([...last.files.keys()], ["kept//c.yaml"]);
  assert.deepEqual(last.problems, []);
});

Deno.test("a source whose files hold no objects any more is empty too", async () => {
  const source = new FakeSource("git");
  await using merged = merging({ source });
  source.give({ "a.yaml": "apiVersion: genkit.dev/v1alpha1", "package.json": "{}" });
  await merged.next();
  for (const text of ["", "# apiVersion: genkit.dev/v1alpha1\n"]) {
    source.give({ "a.yaml": text, "package.json": "{}" });
    const { files, problems } = await merged.next();
    assert.equal(files.get("git//a.yaml"), "apiVersion: genkit.dev/v1alpha1");
    assert.match(said(problems).join(), /^git: it holds no objects .* stays/);
  }
  source.give({ "b.json": '{"apiVersion":"genkit.dev/v1alpha1"}' });
  const { files, problems } = await merged.next();
  assert.deepEqual([[...files.keys()], problems], [["git//b.json"], []]);
});

Deno.test("a source that was empty from the start prunes nothing and is no problem", async () => {
  const source = new FakeSource("git");
  await using merged = merging({ source });
  source.give({});
  assert.deepEqual((await merged.next()).problems, []);
});

Deno.test("the end: of all sources, after their last snapshot; or by what one throws", async () => {
  const [one, two] = [new FakeSource("one"), new FakeSource("two")];
  await using merged = merging({ source: one }, { source: two });
  one.give({ "a.yaml": "a" });
  two.give({ "b.yaml": "b" });
  one.end();
  two.end();
  assert.equal((await merged.next()).files.size, 2);
  assert.equal(await merged.ended(), true);

  const [three, four] = [new FakeSource("three"), new FakeSource("four")];
  await using failing = merging({ source: three }, { source: four });
  three.give({});
  four.fail(new Error("Cannot read four"));
  await assert.rejects(failing.next(), /Cannot read four/);
});

Deno.test("two sources of one name are refused", () => {
  const source = new FakeSource("git");
  assert.throws(() => mergeSources([{ source }, { source }]), {
    message: 'Cannot use two sources of the name "git": names should differ',
  });
});
