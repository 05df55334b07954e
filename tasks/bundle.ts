/**
 * Bundles the program of the sandboxes into dist/sandbox. Where dist is current it is left alone.
 *
 * It takes two passes. Packages resolve the imports of other packages by Node's rules, where no
 * import map has a say; so the first pass leaves some packages out, and the second one, over files
 * of our own by then, puts the stubs of tasks/sandbox_stubs in their place.
 */
import { bundledPackages } from "./bundled_packages.ts";
import { ROOT } from "./checkout.ts";
import { denoBundle } from "./deno_bundle.ts";
import { inputsHash, readOrEmpty } from "./inputs_hash.ts";
import { locked } from "./locked.ts";

const DIST = `${ROOT}dist/sandbox`;
const ENTRY = "sandbox_worker.js";
/** Holds the hash of what the bundle was made from. */
const STAMP = `${DIST}/inputs.sha256`;
/** Names the folders of the packages that are inside, relative to the checkout. */
const PACKAGES = "packages.json";
const IMPORT_MAP = `${ROOT}tasks/sandbox_stubs/import_map.json`;
const INPUTS = [
  "runner",
  "shared",
  "tasks/bundle.ts",
  "tasks/bundled_packages.ts",
  "tasks/deno_bundle.ts",
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
  /** The folders of the packages that are inside, relative to the checkout. */
  packages: string[];
  /** The sizes of its files, in bytes, by name. */
  sizes: Record<string, number>;
}

/**
 * Makes the sandbox's bundle where it is missing or not current.
 *
 * @throws {Error} where it cannot be made, with what `deno bundle` said.
 */
export function ensureSandboxBundle(): Promise<SandboxBundle> {
  return locked(`${ROOT}dist/sandbox.lock`, ensure);
}

async function ensure(): Promise<SandboxBundle> {
  const hash = await inputsHash(INPUTS);
  const made = await readOrEmpty(STAMP) !== hash;
  if (made) await bundle(hash);
  const names = (await Array.fromAsync(Deno.readDir(DIST))).map(({ name }) => name).sort();
  const sizes = await Promise.all(
    names.filter((name) => name.endsWith(".js"))
      .map(async (name) => [name, (await Deno.stat(`${DIST}/${name}`)).size] as const),
  );
  const packages: string[] = JSON.parse(await Deno.readTextFile(`${DIST}/${PACKAGES}`));
  return { entry: `${DIST}/${ENTRY}`, made, packages, sizes: Object.fromEntries(sizes) };
}

async function bundle(hash: string): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "genkitd-bundle-" });
  try {
    const { imports } = JSON.parse(await Deno.readTextFile(IMPORT_MAP));
    const external = Object.keys(imports).flatMap((name) => ["--external", name]);
    await denoBundle([
      ...external,
      "--sourcemap=external",
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
    const packages = JSON.stringify(await bundledPackages(`${work}/1`));
    await Deno.writeTextFile(`${work}/2/${PACKAGES}`, packages);
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
