import { dirname, join, relative, resolve } from "node:path";

/** A /genkit tree to be written. */
export interface Layout {
  namespace: string;
  name: string;
  /** Text by path, relative to the tree's root. */
  files: ReadonlyMap<string, string>;
}

/**
 * Writes each tree to `<dir>/<namespace>/<name>/`, and nothing outside of `dir`: links below it are
 * not followed. With `force` a folder that is not empty is taken, and what was in the trees'
 * folders is replaced.
 *
 * @returns The folders, as a user would write them.
 * @throws {Error} where `dir` is no folder, or is not empty and `force` is not set.
 */
export async function writeLayout(
  dir: string,
  layouts: readonly Layout[],
  force: boolean,
): Promise<string[]> {
  await Deno.mkdir(dir, { recursive: true }).catch((cause) => {
    const why = cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : "it, or a folder on its way, is a file";
    throw new Error(`Cannot write to "${dir}": ${why}`, { cause });
  });
  if (!force) {
    for await (const _ of Deno.readDir(dir)) {
      throw new Error(
        `Cannot write to "${dir}": it is not empty, use --force to write all the same`,
      );
    }
  }
  const root = await Deno.realPath(dir);
  const written: string[] = [];
  for (const { namespace, name, files } of layouts) {
    const folder = inside(root, join(root, namespace, name));
    await makeFolder(dirname(folder));
    await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
    await Deno.mkdir(folder);
    for (const [path, text] of files) {
      const file = inside(folder, join(folder, path));
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeTextFile(file, text, { createNew: true });
    }
    written.push(join(dir, namespace, name));
  }
  return written;
}

/** A namespace's folder: one that was made before, and no link to elsewhere. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if ((await Deno.lstat(path)).isDirectory) return;
    throw new Error(`Cannot write to "${path}": it is a link or a file, should be a folder`);
  }
}

function inside(root: string, path: string): string {
  const way = relative(root, resolve(path));
  if (way !== "" && !way.startsWith("..") && !way.startsWith("/")) return path;
  throw new Error(`Cannot write "${path}": it is not inside of "${root}"`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
