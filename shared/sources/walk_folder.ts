import { join, relative } from "node:path";
import { fileProblem } from "./file_problem.ts";
import type { SourceProblem } from "./source_problem.ts";

/** What was found in a folder and the folders in it. */
export interface Walk {
  /**
   * Files that can hold objects, and resources, in the order of their paths, starting with the
   * folder's own.
   */
  files: string[];
  /** Which of them are resources. */
  resources: Set<string>;
  /** Every folder that was read, the first one included. */
  folders: string[];
  problems: SourceProblem[];
}

/** Options of {@linkcode walkFolder}. */
export interface WalkOptions {
  /** How many levels of folders are read; 1 is the folder alone. */
  depth: number;
  /** The most files, and the most folders. */
  limit: number;
  /** Tells by its path from the folder which file is a resource; none is where it is absent. */
  isResource?: ((path: string) => boolean) | undefined;
}

/**
 * Finds the .yaml, .yml and .json files of a folder, and its resources. Names that start with a dot, and node_modules,
 * are passed over. Links are followed, but no folder is read twice.
 *
 * @throws {RangeError} where there are more than `limit` files or folders.
 */
export async function walkFolder(folder: string, options: WalkOptions): Promise<Walk> {
  const found: Walk = { files: [], resources: new Set(), folders: [], problems: [] };
  const seen = new Set<string>();
  const { isResource = () => false } = options;
  const check = (count: number, what: string) => {
    if (count <= options.limit) return;
    throw new RangeError(`Cannot read "${folder}": it holds more than ${options.limit} ${what}`);
  };
  const walk = async (path: string, depth: number): Promise<void> => {
    const real = await Deno.realPath(path);
    if (depth === 0 || seen.has(real)) return;
    seen.add(real);
    found.folders.push(path);
    check(found.folders.length, "folders");
    const entries = await Array.fromAsync(Deno.readDir(path));
    for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const inner = join(path, entry.name);
      try {
        const info = entry.isSymlink ? await Deno.stat(inner) : entry;
        if (info.isDirectory) await walk(inner, depth - 1);
        else if (info.isFile && isResource(relative(folder, inner))) {
          found.files.push(inner);
          found.resources.add(inner);
        } else if (info.isFile && isObjectFile(inner)) found.files.push(inner);
        check(found.files.length, "files");
      } catch (error) {
        if (error instanceof RangeError) throw error;
        // A file or folder that went away since it was listed is not there; a broken link is.
        const gone = error instanceof Deno.errors.NotFound && !entry.isSymlink;
        if (!gone && (entry.isDirectory || isObjectFile(inner))) {
          found.problems.push(fileProblem(inner, error));
        }
      }
    }
  };
  await walk(folder, options.depth);
  return found;
}

/** Tells by its name whether a file can hold objects. */
export function isObjectFile(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}
