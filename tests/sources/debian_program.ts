import { dirname } from "node:path";
import { locked } from "../../tasks/locked.ts";

const CACHE = new URL("../../.cache/debian/", import.meta.url).pathname;

/** Held by whoever calls apt-get, which does not take two at once. */
export const APT_LOCK = `${CACHE}.lock`;

/** A program of a Debian package. */
export interface DebianProgram {
  /** The package's name. */
  name: string;
  /** Where the package has the program, such as `/usr/bin/docker-registry`. */
  path: string;
}

/**
 * Finds a program of a Debian package: where it is installed, else in the project's cache, else it is
 * downloaded there by apt and unpacked, which needs no root.
 *
 * @returns The program's path.
 * @throws {Error} naming these ways, where none works.
 */
export function debianProgram(program: DebianProgram): Promise<string> {
  return locked(APT_LOCK, () => find(program));
}

async function find({ name, path }: DebianProgram): Promise<string> {
  const unpacked = `${CACHE}${name}`;
  for (const candidate of [path, `${unpacked}${path}`]) {
    if (await isFile(candidate)) return candidate;
  }
  const folder = await Deno.makeTempDir({ prefix: "genkitd-debian-" });
  try {
    const failure = await download(name, folder);
    if (failure !== undefined) {
      throw new Error(
        `Cannot find "${path}" of Debian's package "${name}", which this test needs: it is not ` +
          `installed, not in "${unpacked}", and apt-get cannot download it: ${failure}`,
      );
    }
    const tree = `${folder}/tree`;
    const deb = [...Deno.readDirSync(folder)].find((entry) => entry.name.endsWith(".deb"))!;
    await run("dpkg-deb", ["-x", `${folder}/${deb.name}`, tree]);
    await Deno.mkdir(dirname(unpacked), { recursive: true });
    await Deno.rename(tree, unpacked);
    return `${unpacked}${path}`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Tries it again with new lists, which go stale as Debian replaces its packages. */
async function download(name: string, folder: string): Promise<string | undefined> {
  let failure = await run("apt-get", ["download", name], folder);
  if (failure === undefined) return undefined;
  await run("apt-get", ["update"], folder);
  failure = await run("apt-get", ["download", name], folder);
  return failure;
}

/** Gives what the program said last, where it failed. */
async function run(command: string, args: string[], cwd?: string): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      ...cwd !== undefined && { cwd },
      stdout: "null",
    }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim().slice(-300);
  } catch (error) {
    return (error as Error).message;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
