import { API_KEYS_DIR, CREDENTIALS_DIR } from "./paths.ts";

/** The most that is read of one tree, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
/** The most files of one tree. */
const MAX_FILES = 20_000;

/**
 * Reads the files of a /genkit tree from disk: path relative to `root`, to text. Each file is read
 * once: Kubernetes lays volumes out as `..data` and dated folders with links to them beside, and
 * names that start with `..` are passed over. So are credentials and API keys, which are
 * read apart.
 *
 * @throws {Error} where the folder cannot be read, or holds more than 64 MiB or 20,000 files.
 */
export async function readDirectory(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let bytes = 0;
  const read = async (dir: string, depth: number): Promise<void> => {
    if (depth > 8) throw new Error(`Cannot read "${root}": "${dir}" is more than 8 folders deep`);
    const entries = await Array.fromAsync(Deno.readDir(`${root}/${dir}`));
    for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (name.startsWith("..") || name.endsWith(".headers")) continue;
      // A flow may be called "credentials": its folder is no Secret.
      if ([CREDENTIALS_DIR, API_KEYS_DIR].includes(name) && dir !== "flows") continue;
      const path = dir === "" ? name : `${dir}/${name}`;
      const info = await Deno.stat(`${root}/${path}`);
      if (info.isDirectory) {
        await read(path, depth + 1);
      } else if (path.endsWith(".json") || path.endsWith(".prompt")) {
        bytes += info.size;
        if (bytes > MAX_BYTES || files.size >= MAX_FILES) {
          throw new Error(`Cannot read "${root}": it holds more than 64 MiB or 20000 files`);
        }
        files.set(path, await Deno.readTextFile(`${root}/${path}`));
      }
    }
  };
  try {
    await read("", 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !await exists(root)) {
      throw new Error(`Cannot read the flows: the folder "${root}" is not there`, { cause: error });
    }
    if (
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory
    ) {
      const why = error instanceof Deno.errors.NotADirectory
        ? "it, or what it leads to, is no folder"
        : "something of it may not be read by this user";
      throw new Error(`Cannot read the flows at "${root}": ${why}`, { cause: error });
    }
    throw error;
  }
  return files;
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
