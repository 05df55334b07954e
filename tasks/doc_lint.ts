/**
 * Has every export of the program a doc comment? `deno doc --lint` knows; of what it says only that
 * is taken, for declarations and not for their members: its rules on private types cannot be met by
 * types that zod infers, and a member whose name says all needs no comment.
 */
const ROOT = new URL("../", import.meta.url);

const files: string[] = ["mod.ts"];
for (const folder of ["cli", "operator", "runner", "shared"]) await collect(folder);

const { stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["doc", "--lint", ...files],
  cwd: ROOT,
  env: { NO_COLOR: "1" },
  stdout: "null",
  stderr: "piped",
}).output();
const said = new TextDecoder().decode(stderr);
if (!/documentation lint error|Checked/.test(said)) {
  console.error(said);
  Deno.exit(1);
}
const missing = [...said.matchAll(/error\[missing-jsdoc\].*\n\s*--> (.*:\d+):1\n/g)];
for (const [, place] of missing) console.error(`${place}: this export has no doc comment`);
Deno.exit(missing.length > 0 ? 1 : 0);

async function collect(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) await collect(path);
    else if (name.endsWith(".ts")) files.push(path);
  }
}
