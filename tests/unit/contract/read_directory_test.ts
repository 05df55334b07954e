import assert from "assert";
import { readDirectory } from "../../../shared/contract/read_directory.ts";

/** Reads a folder that holds `files` (path to text), and perhaps links (path to target). */
async function read(
  files: Record<string, string>,
  links: Record<string, string> = {},
): Promise<Record<string, string>> {
  const root = await Deno.makeTempDir({ prefix: "genkitd-tree-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = `${root}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    for (const [path, target] of Object.entries(links)) {
      await Deno.symlink(target, `${root}/${path}`);
    }
    return Object.fromEntries(await readDirectory(root));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("readDirectory: JSON and prompt files by their path, and no others", async () => {
  assert.deepEqual(
    await read({
      "config.json": "{}",
      "prompts/a.prompt": "é🦊",
      "tools/t.json": "{}",
      "tools/README.md": "x",
      "key": "secret",
    }),
    { "config.json": "{}", "prompts/a.prompt": "é🦊", "tools/t.json": "{}" },
  );
});

Deno.test("readDirectory: a volume's links are followed, and its own folders passed over", async () => {
  assert.deepEqual(
    await read(
      { "..2026_01_01/config.json": "{}", "..2026_01_01/prompts/a.prompt": "A" },
      { "..data": "..2026_01_01", "config.json": "..data/config.json", prompts: "..data/prompts" },
    ),
    { "config.json": "{}", "prompts/a.prompt": "A" },
  );
});

Deno.test("readDirectory: neither credentials nor headers are read, in both layouts", async () => {
  assert.deepEqual(
    await read({
      "config.json": "{}",
      "credentials/key.json": "secret",
      "tools/t.headers/x.json": "secret",
      "flows/f/config.json": "{}",
      "flows/f/credentials/key.json": "secret",
      "flows/f/tools/t.headers/x.json": "secret",
      "flows/credentials/credentials/key.json": "secret",
    }),
    { "config.json": "{}", "flows/f/config.json": "{}" },
  );
});

Deno.test("readDirectory: flows called as the tree's own folders are flows", async () => {
  const files = Object.fromEntries(
    ["credentials", "prompts", "tools", "flows"].map((name) => [`flows/${name}/config.json`, name]),
  );
  assert.deepEqual(await read(files), files);
});

Deno.test("readDirectory: a folder that is not there is named", async () => {
  await assert.rejects(
    readDirectory("/nowhere/genkit"),
    /^Error: Cannot read the flows: the folder "\/nowhere\/genkit" is not there$/,
  );
});

Deno.test("readDirectory: a link to nowhere is named, and not taken for the whole folder", async () => {
  await assert.rejects(
    read({ "config.json": "{}" }, { "gone.json": "nowhere" }),
    /gone\.json/,
  );
});

Deno.test("readDirectory: a folder that holds itself ends in an error", async () => {
  await assert.rejects(
    read({ "config.json": "{}" }, { loop: "." }),
    /is more than 8 folders deep/,
  );
});

Deno.test("readDirectory: a root that is a file is refused in words, not in the system's", async () => {
  const file = await Deno.makeTempFile();
  try {
    await assert.rejects(() => readDirectory(file), {
      message: `Cannot read the flows at "${file}": it, or what it leads to, is no folder`,
    });
  } finally {
    await Deno.remove(file);
  }
});
