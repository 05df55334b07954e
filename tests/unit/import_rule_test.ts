import assert from "assert";
import { fileURLToPath } from "node:url";

/** The house's folders, and what each may import from besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "mod.ts": ["cli", "shared"],
  cli: ["operator", "runner", "conformance", "shared"],
  operator: ["shared"],
  runner: ["shared"],
  conformance: ["shared"],
  shared: [],
};

/** What operator/kubernetes may import of ours: it knows no word of Genkit. */
const KUBERNETES_MAY_IMPORT =
  /^(operator\/kubernetes\/|shared\/(flow_error|log|clock|errors|pause|held_fetch)\.ts$)/;

/** Folders whose code does no I/O, and the files among them that are the exception. */
const PURE = /^(shared\/(api|flows|contract)|operator\/render)\//;
const READERS = ["shared/contract/read_directory.ts"];
const IO =
  /\bDeno\.\w|\bfetch\(|\bimport\(|from "node:(fs|net|http|https|child_process|dns|process)/;

/** TypeScript, and what a page is made of, which is imported as text. */
const SOURCES = /\.ts$|^runner\/page\/.*\.(html|css|js|svg)$/;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const program = await sources(Object.keys(MAY_IMPORT));
const everything = new Map([...program, ...await sources(["tasks", "tests"])]);
const edges = [...program].flatMap(([from, text]) =>
  imports(from, text).map((to) => ({ from, to }))
);
/** What each file needs at run time. Types may look at each other: nothing of them is left. */
const needs = new Map([...program].map(([path, text]) => {
  const withoutTypes = text.replace(/^(import|export) type [\s\S]*?;$/gm, "");
  return [path, imports(path, withoutTypes)];
}));

Deno.test("imports go mod → cli → operator, runner, conformance → shared, and never back", () => {
  assert.ok(edges.length > 100, "the imports were found");
  const wrong = edges.filter(({ from, to }) =>
    folderOf(from) !== folderOf(to) && !MAY_IMPORT[folderOf(from)]!.includes(folderOf(to))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the main process asks by heldFetch, or by a fetch that is passed in", () => {
  const elsewhere = /^runner\/(sandbox|providers|tools|page)\/|^shared\/held_fetch\.ts$/;
  const named = [...program].filter(([path, text]) =>
    !elsewhere.test(path) && /(?<=[=>(]|await|return|^ +)\s*\bfetch\((?!signal:)/m.test(text) &&
    !text.includes("typeof globalThis.fetch")
  );
  assert.deepEqual(named.map(([path]) => path), []);
});

Deno.test("every import leads to a file of the program", () => {
  assert.deepEqual(edges.filter(({ to }) => !program.has(to)), []);
});

Deno.test("the imports that are found here are those that Deno finds", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "mod.ts"],
    cwd: ROOT,
    stderr: "null",
  }).output();
  const { modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  for (const { specifier, dependencies = [] } of modules) {
    const path = ours(specifier);
    // To Deno, what is imported as text is no code.
    if (!path?.endsWith(".ts")) continue;
    const found = dependencies.flatMap(({ code, type }) => ours((code ?? type)?.specifier) ?? []);
    assert.deepEqual([...new Set(imports(path, program.get(path)!))].sort(), found.sort(), path);
  }
});

Deno.test("operator/kubernetes knows nothing of Genkit", () => {
  const wrong = edges.filter(({ from, to }) =>
    from.startsWith("operator/kubernetes/") && !KUBERNETES_MAY_IMPORT.test(to)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("kinds, resolve, contract and render do no I/O, by what they import neither", () => {
  const pure = [...program.keys()].filter((path) => PURE.test(path) && !READERS.includes(path));
  assert.ok(pure.length > 40, "the files were found");
  const reached = new Set(pure);
  for (const path of reached) for (const next of needs.get(path) ?? []) reached.add(next);
  const wrong = [...reached].filter((path) => IO.test(withoutComments(program.get(path) ?? "")));
  assert.deepEqual(wrong, []);
});

Deno.test("no two files need each other to run", () => {
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
  for (const path of program.keys()) assert.equal(circle(path, []), undefined);
});

Deno.test("no name says nothing", () => {
  const empty = /(^|\/)(utils?|helpers?|common|manager|base|misc|types)(\.ts|\/)/;
  assert.deepEqual([...everything.keys()].filter((path) => empty.test(path)), []);
});

// Tests keep to it as well as they can.
Deno.test("no file of the program has more than 300 lines", () => {
  const code = [...program].filter(([path]) => !path.endsWith(".css"));
  const long = code.filter(([, text]) => text.split("\n").length - 1 > 300);
  assert.deepEqual(long.map(([path]) => path), []);
});

/** The output of `deno info --json`; only what is read here. */
interface Graph {
  modules: { specifier: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  code?: { specifier: string };
  type?: { specifier: string };
}

/** The path of one of our own modules, relative to the root. */
function ours(specifier = ""): string | undefined {
  const path = specifier.startsWith("file:") ? fileURLToPath(specifier) : "";
  if (!path.startsWith(ROOT) || path.includes("/node_modules/")) return undefined;
  return path.slice(ROOT.length);
}

/** The program's files among and below the paths, by path relative to the root. */
async function sources(paths: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const read = async (path: string): Promise<void> => {
    if (!(await Deno.stat(ROOT + path)).isDirectory) {
      if (SOURCES.test(path)) files.set(path, await Deno.readTextFile(ROOT + path));
      return;
    }
    for await (const { name } of Deno.readDir(ROOT + path)) await read(`${path}/${name}`);
  };
  for (const path of paths) await read(path);
  return files;
}

/** What a file imports of ours, dynamic imports and types included. */
function imports(path: string, text: string): string[] {
  const found = withoutComments(text).matchAll(
    /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g,
  );
  return [...found].map(([, specifier]) =>
    new URL(specifier!, `file:///${path}`).pathname.slice(1)
  );
}

function folderOf(path: string): string {
  return path.split("/")[0]!;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
