/**
 * Bundles genkitd into dist/genkitd: `deno task bundle`. The folder is all that a Deno needs to run
 * every role: genkitd.js, the parts that it loads when they are asked for, the sandbox's program,
 * and the licenses of what is inside. Where it is current it is left alone.
 */
import { ensureSandboxBundle } from "./bundle.ts";
import { bundledPackages } from "./bundled_packages.ts";
import { ROOT } from "./checkout.ts";
import { denoBundle } from "./deno_bundle.ts";
import { inputsHash, readOrEmpty } from "./inputs_hash.ts";
import { locked } from "./locked.ts";
import { thirdPartyLicenses } from "./third_party_licenses.ts";

const DIST = `${ROOT}dist/genkitd`;
const STAMP = `${ROOT}dist/genkitd.sha256`;
/** Tests beside one another would make it at once. */
const LOCK = `${ROOT}dist/genkitd.lock`;
/** Names the packages that are inside; not a part of what is shipped. */
const PACKAGES = `${ROOT}dist/genkitd.packages.json`;
const INPUTS = ["mod.ts", "cli", "operator", "runner", "shared", "tasks", "deno.json", "deno.lock"];

/** What {@linkcode ensureProgramBundle} found. */
export interface ProgramBundle {
  /** The folder. */
  folder: string;
  /** The path of the program, in it. */
  entry: string;
  /** Whether it had to be made. */
  made: boolean;
  /** The folders of the packages that are inside, sandboxes included, relative to the checkout. */
  packages: string[];
}

/**
 * Makes the bundle of genkitd where it is missing or not current.
 *
 * @throws {Error} where it cannot be made, with what `deno bundle` said, or where a package that is
 * inside has no license.
 */
export function ensureProgramBundle(): Promise<ProgramBundle> {
  return locked(LOCK, ensure);
}

async function ensure(): Promise<ProgramBundle> {
  const sandbox = await ensureSandboxBundle();
  const hash = await inputsHash(INPUTS);
  const made = await readOrEmpty(STAMP) !== hash;
  if (made) {
    await bundle(sandbox.packages);
    await Deno.writeTextFile(STAMP, hash);
  }
  const packages: string[] = JSON.parse(await Deno.readTextFile(PACKAGES));
  return { folder: DIST, entry: `${DIST}/genkitd.js`, made, packages };
}

async function bundle(sandboxPackages: readonly string[]): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "bundle-", dir: `${ROOT}dist` });
  try {
    await denoBundle(["--minify", "--sourcemap=external", "--outdir", work, `${ROOT}mod.ts`]);
    const packages = [...new Set([...await bundledPackages(work), ...sandboxPackages])].sort();
    await Deno.rename(`${work}/mod.js`, `${work}/genkitd.js`);
    await copyCode(`${ROOT}dist/sandbox`, `${work}/sandbox`);
    for await (const { name } of Deno.readDir(work)) {
      if (name.endsWith(".map")) await Deno.remove(`${work}/${name}`);
    }
    await Deno.copyFile(`${ROOT}LICENSE`, `${work}/LICENSE`);
    await Deno.writeTextFile(`${work}/THIRD_PARTY_LICENSES`, await thirdPartyLicenses(packages));
    await Deno.chmod(work, 0o755);
    await Deno.remove(DIST, { recursive: true }).catch(() => {});
    await Deno.rename(work, DIST);
    await Deno.writeTextFile(PACKAGES, JSON.stringify(packages));
  } catch (error) {
    await Deno.remove(work, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function copyCode(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    if (name.endsWith(".js")) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The sizes of the JavaScript files below a folder, in bytes. */
async function sizeOfCode(folder: string): Promise<number> {
  let size = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) size += await sizeOfCode(`${folder}/${name}`);
    else if (name.endsWith(".js")) size += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return size;
}

if (import.meta.main) {
  const { made, folder } = await ensureProgramBundle();
  const kilobytes = Math.round(await sizeOfCode(folder) / 1000);
  console.log(`dist/genkitd ${made ? "made" : "is current"}: ${kilobytes} kB of code`);
}
