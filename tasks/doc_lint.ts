/**
 * Names the exports that have no doc comment, and exits with 1 if there are any. `deno doc --lint`
 * asks for more than this house does: a comment on each property, and a written type beside each
 * zod schema, which is the type.
 */

/** What is read here of the output of `deno doc --json`. */
interface Documentation {
  nodes: Record<string, { symbols: { name: string; declarations: Declaration[] }[] }>;
}

interface Declaration {
  location: { filename: string; line: number };
  declarationKind: "export" | "private" | "declare";
  jsDoc?: { doc?: string };
}

const ROOT = new URL("../", import.meta.url);
const SOURCES = ["mod.ts", "cli", "operator", "runner", "shared", "tasks"];

const missing = undocumented(await readDocumentation(await modules(SOURCES)));
for (const line of missing) console.error(line);
if (missing.length > 0) Deno.exit(1);

function undocumented({ nodes }: Documentation): string[] {
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  return symbols.flatMap(({ name, declarations }) => {
    const exported = declarations.filter(({ declarationKind }) => declarationKind === "export");
    if (exported.length === 0 || exported.some(({ jsDoc }) => jsDoc?.doc)) return [];
    const { filename, line } = exported[0]!.location;
    return [`${filename.slice(ROOT.href.length)}:${line + 1}: "${name}" has no doc comment`];
  });
}

async function readDocumentation(paths: string[]): Promise<Documentation> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...paths],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return JSON.parse(new TextDecoder().decode(stdout));
  throw new Error(
    `Cannot read the documentation: ${new TextDecoder().decode(stderr).slice(-2000)}`,
  );
}

/** The TypeScript files among and below the paths, relative to the root. */
async function modules(paths: string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => {
    if (path.endsWith(".ts")) return [path];
    const entries = await Array.fromAsync(Deno.readDir(new URL(path, ROOT)));
    const below = entries.filter(({ name, isDirectory }) => isDirectory || name.endsWith(".ts"));
    return await modules(below.map(({ name }) => `${path}/${name}`));
  }));
  return found.flat();
}
