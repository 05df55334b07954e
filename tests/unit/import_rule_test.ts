import assert from "assert";
import { fileURLToPath } from "node:url";

/** The house's folders, and what each may import from besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "mod.ts": ["cli", "shared"],
  cli: ["operator", "runner", "shared"],
  operator: ["shared"],
  runner: ["shared"],
  shared: [],
};

/** What operator/kubernetes may import of ours: it knows no word of Genkit. */
const KUBERNETES_MAY_IMPORT =
  /^(operator\/kubernetes\/|shared\/(flow_error|log|clock|errors)\.ts$)/;

/** Folders whose code does no I/O, and the files among them that are the exception. */
const PURE = /^(shared\/(api|flows|contract)|operator\/render)\//;
const READERS = ["shared/contract/read_directory.ts"];
const IO = /\bDeno\.(?!test)\w|\bfetch\(|from "node:(fs|net|http|child_process|dns)/;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The program's source files, by path relative to the root. */
async function sources(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    if (!(await Deno.stat(ROOT + path)).isDirectory) {
      if (path.endsWith(".ts")) files.set(path, await Deno.readTextFile(ROOT + path));
      return;
    }
    for await (const { name } of Deno.readDir(ROOT + path)) await read(`${path}/${name}`);
  };
  for (const path of Object.keys(MAY_IMPORT)) await read(path);
  return files;
}

/** What a file imports of ours, dynamic imports and types included. */
function imports(path: string, text: string): string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, specifier]) =>
    new URL(specifier!, `file:///${path}`).pathname.slice(1)
  );
}

const folderOf = (path: string) => path.split("/")[0]!;
const files = await sources();
const edges = [...files].flatMap(([from, text]) => imports(from, text).map((to) => ({ from, to })));

Deno.test("imports go mod → cli → operator, runner → shared, and never back", () => {
  assert.ok(edges.length > 100, "the imports were found");
  const wrong = edges.filter(({ from, to }) =>
    folderOf(from) !== folderOf(to) && !MAY_IMPORT[folderOf(from)]!.includes(folderOf(to))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every import leads to a file", () => {
  assert.deepEqual(edges.filter(({ to }) => !files.has(to)), []);
});

Deno.test("operator/kubernetes knows nothing of Genkit", () => {
  const wrong = edges.filter(({ from, to }) =>
    from.startsWith("operator/kubernetes/") && !KUBERNETES_MAY_IMPORT.test(to)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("kinds, resolve, contract and render do no I/O but for the contract's reader", () => {
  const wrong = [...files].filter(([path, text]) =>
    PURE.test(path) && !READERS.includes(path) && IO.test(withoutComments(text))
  );
  assert.deepEqual(wrong.map(([path]) => path), []);
});

Deno.test("no two files need each other to run", () => {
  // Types may look at each other: nothing of them is left at run time.
  const needs = new Map([...files].map(([path, text]) => {
    const withoutTypes = text.replace(/^(import|export) type [\s\S]*?;$/gm, "");
    return [path, imports(path, withoutTypes)] as const;
  }));
  const done = new Set<string>();
  const circle = (path: string, way: string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of needs.get(path) ?? []) {
      const found = circle(next, [...way, path]);
      if (found) return found;
    }
    done.add(path);
    return undefined;
  };
  for (const path of files.keys()) assert.equal(circle(path, []), undefined);
});

Deno.test("no name says nothing, and no file is long", () => {
  const empty = /(^|\/)(utils?|helpers?|common|manager|base|misc|types)(\.ts|\/)/;
  assert.deepEqual([...files.keys()].filter((path) => empty.test(path)), []);
  const long = [...files].filter(([, text]) => text.split("\n").length > 300);
  assert.deepEqual(long.map(([path]) => path), []);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
