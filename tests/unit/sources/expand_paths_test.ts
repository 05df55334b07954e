import assert from "assert";
import { whyUnreadable } from "../../../shared/sources/file_problem.ts";
import { expandPaths } from "../../../shared/sources/expand_paths.ts";
import { folder } from "./folder.ts";

/** The names (relative to `root`) of what PATHs lead to, and the complaints. */
async function expand(root: string, paths: string[], limit = 100) {
  const found = await expandPaths(paths.map((path) => path.replace("$", root)), limit);
  const strip = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, "$");
  return {
    files: found.files.map(strip),
    streams: found.streams.map(strip),
    problems: found.problems.map(({ file, message }) => strip(`${file}: ${message}`)),
    unusable: found.unusable.map(({ message }) => strip(message)),
  };
}

const files = {
  "b.yaml": "",
  "a.yml": "",
  "c.json": "",
  "README.md": "",
  "deep/er/d.yaml": "",
  "deep/z.YAML": "",
  ".hidden.yaml": "",
  ".git/e.yaml": "",
  "node_modules/f/g.yaml": "",
};

Deno.test("a folder gives its .yaml, .yml and .json files, sorted, however deep", async () => {
  await using root = await folder(files);
  const { files: found } = await expand(root.path, ["$"]);
  assert.deepEqual(found, ["a.yml", "b.yaml", "c.json", "deep/er/d.yaml", "deep/z.YAML"]);
});

Deno.test("globs match within folders, and across them with **", async () => {
  await using root = await folder(files);
  const globs: [string, string[]][] = [
    ["$/*.yaml", ["b.yaml"]],
    ["$/**/*.yaml", ["b.yaml", "deep/er/d.yaml"]],
    ["$/{a,b}.*", ["a.yml", "b.yaml"]],
    ["$/d*/e?/[a-e].yaml", ["deep/er/d.yaml"]],
    ["$/*", ["a.yml", "b.yaml", "c.json"]],
    ["$/./deep/../*.json", ["c.json"]],
  ];
  for (const [glob, expected] of globs) {
    const { files: found, unusable } = await expand(root.path, [glob]);
    assert.deepEqual([found, unusable], [expected, []], glob);
  }
});

Deno.test("a file that is named is taken whatever its name, wildcards included", async () => {
  await using root = await folder({ "flows.txt": "", "a[1].yaml": "" });
  const { files: found } = await expand(root.path, ["$/flows.txt", "$/a[1].yaml"]);
  assert.deepEqual(found, ["flows.txt", "a[1].yaml"]);
});

Deno.test("overlapping PATHs and links give each file once", async () => {
  await using root = await folder({ "a.yaml": "", "b.yaml": "" });
  await Deno.symlink(`${root.path}/a.yaml`, `${root.path}/link.yaml`);
  const { files: found } = await expand(root.path, ["$/b.yaml", "$", "$/./b.yaml", "$/*.yaml"]);
  assert.deepEqual(found, ["b.yaml", "a.yaml"]);
});

Deno.test("links that lead back to their folder do not trap the walk", async () => {
  await using root = await folder({ "x/a.yaml": "" });
  await Deno.symlink(root.path, `${root.path}/x/up`);
  await Deno.symlink(`${root.path}/x`, `${root.path}/y`);
  const { files: found, problems } = await expand(root.path, ["$"]);
  assert.deepEqual([found, problems], [["x/a.yaml"], []]);
});

Deno.test("a link to nothing, and a link to itself, are problems that leave the rest", async () => {
  await using root = await folder({ "a.yaml": "" });
  await Deno.symlink("nowhere", `${root.path}/lost.yaml`);
  await Deno.symlink("loop.yaml", `${root.path}/loop.yaml`);
  await Deno.symlink("nowhere", `${root.path}/no-object-file`);
  const { files: found, problems } = await expand(root.path, ["$"]);
  assert.deepEqual(found, ["a.yaml"]);
  assert.deepEqual(problems, [
    "loop.yaml: cannot be read: it is a link that leads back to itself",
    "lost.yaml: cannot be read: it is not there, or a link to nothing",
  ]);
});

Deno.test("a PATH that names nothing says what would", async () => {
  await using root = await folder({ "flows/a.yaml": "", "empty/README.md": "", "a.yaml": "" });
  const cases: [string, string][] = [
    ["$/flwos", 'Cannot read "flwos": there is no such file or folder (did you mean "flows"?)'],
    ["$/b/c.yaml", 'Cannot read "b/c.yaml": there is no such file or folder'],
    ["$/a.yaml/x", 'Cannot read "a.yaml/x": there is no such file or folder'],
    [
      "$/empty",
      'Cannot read objects from folder "empty": it holds no .yaml, .yml or .json file ' +
      "(hidden ones and node_modules are passed over)",
    ],
    [
      "$/*/b.yaml",
      'Cannot read objects from "*/b.yaml": no .yaml, .yml or .json file matches ' +
      '("*" stays in one folder, "**" takes any depth, hidden files are passed over)',
    ],
    [
      "$/flow/*.yaml",
      'Cannot read "flow": there is no such file or folder (did you mean "flows"?)',
    ],
  ];
  for (const [path, expected] of cases) {
    assert.deepEqual((await expand(root.path, [path])).unusable, [expected]);
  }
});

Deno.test("a PATH that names nothing leaves the others", async () => {
  await using root = await folder({ "a.yaml": "" });
  const { files: found, unusable } = await expand(root.path, ["$/b.yaml", "$/a.yaml"]);
  assert.deepEqual([found, unusable.length], [["a.yaml"], 1]);
});

Deno.test("more files or folders than the limit are refused", async () => {
  await using root = await folder({ "a/1.yaml": "", "a/2.yaml": "", "b/c/3.md": "" });
  const { unusable } = await expand(root.path, ["$/a", "$/b"], 1);
  assert.deepEqual(unusable, [
    'Cannot read "a": it holds more than 1 files',
    'Cannot read "b": it holds more than 1 folders',
  ]);
});

Deno.test("- is standard input, once", async () => {
  const { streams } = await expand("/", ["-", "-"]);
  assert.deepEqual(streams, ["<stdin>"]);
});

Deno.test("why a file or folder cannot be read is told in words, not in the system's", () => {
  const told = [
    [
      new Deno.errors.PermissionDenied("Permission denied (os error 13): readdir"),
      "permission denied",
    ],
    [new Deno.errors.NotADirectory("Not a directory (os error 20): readdir"), "it is no folder"],
  ] as const;
  for (const [error, words] of told) assert.equal(whyUnreadable(error), words);
});

Deno.test("addresses that are not written as serve takes them say how, without a password", async () => {
  const should = ": it is no file or folder; genkitd serve takes a Git repository as " +
    "git+https://host/path, an artifact as oci://host/path";
  for (
    const [path, shown] of [
      ["https://git.example/team/flows.git", "https://git.example/team/flows.git"],
      ["https://ann:hunter2@git.example/flows.git", "https://git.example/flows.git"],
      ["git+ssh://git@git.example/flows.git", "git+ssh://git.example/flows.git"],
      ["git@git.example:team/flows.git", "git@git.example:team/flows.git"],
    ] as const
  ) {
    const { unusable } = await expand("/nowhere", [path]);
    assert.deepEqual(unusable, [`Cannot read "${shown}"${should}`]);
  }
});
