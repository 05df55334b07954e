/**
 * Bundles the program of the sandboxes into dist/sandbox: `deno task bundle`. Where dist is current
 * it is left alone.
 *
 * It takes two passes. Packages resolve the imports of other packages by Node's rules, where no
 * import map has a say; so the first pass leaves some packages out, and the second one, over files
 * of our own by then, puts the stubs of tasks/sandbox_stubs in their place.
 */
import { fileURLToPath } from "node:url";
import { contentHash } from "../shared/content_hash.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DIST = `${ROOT}dist/sandbox`;
const ENTRY = "sandbox_worker.js";
/** Holds the hash of what the bundle was made from. */
const STAMP = `${DIST}/inputs.sha256`;
const IMPORT_MAP = `${ROOT}tasks/sandbox_stubs/import_map.json`;
const INPUTS = [
  "runner",
  "shared",
  "tasks/bundle.ts",
  "tasks/sandbox_stubs",
  "deno.json",
  "deno.lock",
];

/** What {@linkcode ensureSandboxBundle} found. */
export interface SandboxBundle {
  /** The path of the program. */
  entry: string;
  /** Whether it had to be made. */
  made: boolean;
  /** The sizes of its files, in bytes, by name. */
  sizes: Record<string, number>;
}

/**
 * Makes the sandbox's bundle where it is missing or not current.
 *
 * @throws {Error} where it cannot be made, with what `deno bundle` said.
 */
export async function ensureSandboxBundle(): Promise<SandboxBundle> {
  const hash = await inputsHash();
  const made = await readOrEmpty(STAMP) !== hash;
  if (made) await bundle(hash);
  const names = (await Array.fromAsync(Deno.readDir(DIST))).map(({ name }) => name).sort();
  const sizes = await Promise.all(
    names.filter((name) => name.endsWith(".js"))
      .map(async (name) => [name, (await Deno.stat(`${DIST}/${name}`)).size] as const),
  );
  return { entry: `${DIST}/${ENTRY}`, made, sizes: Object.fromEntries(sizes) };
}

async function bundle(hash: string): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "genkitd-bundle-" });
  try {
    const { imports } = JSON.parse(await Deno.readTextFile(IMPORT_MAP));
    const external = Object.keys(imports).flatMap((name) => ["--external", name]);
    await denoBundle([
      ...external,
      "--outdir",
      `${work}/1`,
      `${ROOT}runner/sandbox/sandbox_worker.ts`,
    ]);
    await denoBundle([
      "--no-config",
      "--no-lock",
      "--minify",
      "--import-map",
      IMPORT_MAP,
      "--outdir",
      `${work}/2`,
      `${work}/1/${ENTRY}`,
    ]);
    await replace(`${work}/2`, hash);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Puts new files in place of the old ones so that a sandbox can start at any moment. */
async function replace(from: string, hash: string): Promise<void> {
  await Deno.mkdir(DIST, { recursive: true });
  const old = (await Array.fromAsync(Deno.readDir(DIST))).map(({ name }) => name);
  const files = (await Array.fromAsync(Deno.readDir(from))).map(({ name }) => name);
  // The entry goes last: the other files' names hold their hashes, so old and new do not meet.
  for (const name of files.sort((a, b) => Number(a === ENTRY) - Number(b === ENTRY))) {
    const next = `${DIST}/${name}.${Deno.pid}`;
    await Deno.copyFile(`${from}/${name}`, next);
    await Deno.rename(next, `${DIST}/${name}`);
  }
  await Deno.writeTextFile(STAMP, hash);
  const stale = old.filter((name) => name.endsWith(".js") && !files.includes(name));
  for (const name of stale) await Deno.remove(`${DIST}/${name}`).catch(() => {});
}

async function denoBundle(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--code-splitting", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`Cannot bundle the sandbox: ${new TextDecoder().decode(stderr).slice(-2000)}`);
}

async function inputsHash(): Promise<string> {
  const files: [string, string][] = [["deno", Deno.version.deno]];
  const read = async (path: string): Promise<void> => {
    const { isDirectory } = await Deno.stat(`${ROOT}${path}`);
    if (!isDirectory) {
      files.push([path, await Deno.readTextFile(`${ROOT}${path}`)]);
      return;
    }
    const entries = await Array.fromAsync(Deno.readDir(`${ROOT}${path}`));
    await Promise.all(entries.map(({ name }) => read(`${path}/${name}`)));
  };
  await Promise.all(INPUTS.map(read));
  return await contentHash(files);
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}

if (import.meta.main) {
  const start = performance.now();
  const { made, sizes } = await ensureSandboxBundle();
  const kilobytes = Math.round(Object.values(sizes).reduce((sum, size) => sum + size, 0) / 1000);
  const took = Math.round(performance.now() - start);
  console.log(`dist/sandbox ${made ? "made" : "is current"}: ${kilobytes} kB (${took} ms)`);
}
