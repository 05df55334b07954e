import assert from "assert";
import { readTree } from "../../../shared/contract/read_tree.ts";
import { readDirectory } from "../../../shared/contract/read_directory.ts";
import { writeLayout } from "../../../cli/write_layout.ts";

const tree = (files: Record<string, string>) => [{
  namespace: "demo",
  name: "greeter",
  files: new Map(Object.entries(files)),
}];
const GOOD = tree({ "config.json": "{}", "prompts/hello.prompt": "Hi" });

async function inFolder(run: (dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a tree is written where a runner can read it", () =>
  inFolder(async (dir) => {
    assert.deepEqual(await writeLayout(`${dir}/new`, GOOD, false), [`${dir}/new/demo/greeter`]);
    const root = `${dir}/new/demo/greeter`;
    const { flows } = readTree(await readDirectory(root), root);
    assert.deepEqual(flows.map(({ entrypoint }) => entrypoint), ["hello"]);
  }));

Deno.test("a folder that is not empty is taken with force alone, and old files of a tree go", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/mine.txt`, "mine");
    await assert.rejects(writeLayout(dir, GOOD, false), /is not empty, use --force/);
    await writeLayout(dir, tree({ "old.json": "{}" }), true);
    await writeLayout(dir, GOOD, true);
    const names = [...Deno.readDirSync(`${dir}/demo/greeter`)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["config.json", "prompts"]);
    assert.equal(await Deno.readTextFile(`${dir}/mine.txt`), "mine");
  }));

Deno.test("nothing is written outside of the folder: not by names, and not by links", () =>
  inFolder(async (dir) => {
    await assert.rejects(writeLayout(`${dir}/a`, tree({ "../../../out": "" }), true), /not inside/);
    await Deno.mkdir(`${dir}/b`);
    await Deno.mkdir(`${dir}/elsewhere`);
    await Deno.symlink(`${dir}/elsewhere`, `${dir}/b/demo`);
    await assert.rejects(writeLayout(`${dir}/b`, GOOD, true), /is a link or a file/);
    await Deno.remove(`${dir}/b/demo`);
    await Deno.mkdir(`${dir}/b/demo`);
    await Deno.symlink(`${dir}/elsewhere`, `${dir}/b/demo/greeter`);
    await writeLayout(`${dir}/b`, GOOD, true);
    assert.deepEqual([...Deno.readDirSync(`${dir}/elsewhere`)], []);
  }));

Deno.test("a folder that cannot be made is refused in words, not in the system's", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    await assert.rejects(writeLayout(`${dir}/file/trees`, GOOD, false), {
      message: `Cannot write to "${dir}/file/trees": it, or a folder on its way, is a file`,
    });
  }));
