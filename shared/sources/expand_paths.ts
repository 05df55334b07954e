import { basename, dirname, matchesGlob, normalize, resolve } from "node:path";
import { suggestion } from "../nearest.ts";
import { linksOnPath } from "./links_on_path.ts";
import { whyUnreadable } from "./file_problem.ts";
import type { SourceProblem } from "./source_problem.ts";
import type { IsResource } from "./resource_files.ts";
import { isObjectFile, type Walk, walkFolder, type WalkOptions } from "./walk_folder.ts";

/** How standard input is named in messages. */
export const STDIN = "<stdin>";

/** What a list of PATHs stands for at one moment. */
export interface Expansion {
  /** Regular files, each once however many PATHs lead to it. */
  files: string[];
  /** Which of them are resources. */
  resources: Set<string>;
  /** Standard input, named pipes: can be read once and do not change. */
  streams: string[];
  /** Absolute paths of the folders whose content decides what is found. */
  folders: Set<string>;
  /** Absolute paths outside those folders that matter one by one. */
  entries: Set<string>;
  problems: SourceProblem[];
  /** PATHs that name nothing, with what would; `file` is the PATH. */
  unusable: SourceProblem[];
  /** Folders and files that cannot be read now: nobody can tell whether what they held is gone. */
  lost: string[];
}

/** A PATH that can be read, and holds nothing. */
class NothingThere extends Error {}

/** What is known already while PATHs are expanded. */
interface Seen {
  /** Where the files really are. */
  files: Set<string>;
  /** What links lead to. */
  targets: Map<string, string | undefined>;
}

/**
 * Finds the files that PATHs name: each is a file, a folder, a glob, or `-` for standard input.
 * Never throws for what it finds on disk: that is in `problems` and `unusable`.
 */
export async function expandPaths(
  paths: readonly string[],
  limit: number,
  isResource?: IsResource,
): Promise<Expansion> {
  const found: Expansion = {
    files: [],
    resources: new Set(),
    streams: [],
    folders: new Set(),
    entries: new Set(),
    problems: [],
    unusable: [],
    lost: [],
  };
  const seen: Seen = { files: new Set(), targets: new Map() };
  for (const path of paths) {
    try {
      await expand(path, found, seen, { limit, isResource });
    } catch (error) {
      const { message } = error as Error;
      // The system's own words, such as those for a folder that may not be read.
      const bare = / \(os error \d+\)/.test(message) && !message.startsWith("Cannot ");
      const said = bare ? `Cannot read "${path}": ${whyUnreadable(error)}` : message;
      found.unusable.push({ file: path, message: said });
      if (!(error instanceof NothingThere)) found.lost.push(fixedPart(path));
    }
  }
  return found;
}

/** How folders are walked. */
type Walking = Omit<WalkOptions, "depth">;

async function expand(path: string, found: Expansion, seen: Seen, walking: Walking) {
  if (path === "-") return addStream(STDIN, found);
  const info = await statOrMissing(path);
  if (info === undefined) {
    if (!isGlob(path)) {
      await addEntry(path, found);
      throw new Error(await missing(path));
    }
    const walk = await walkGlob(path, found, walking);
    if (walk.files.length === walk.resources.size) throw new NothingThere(noMatch(path));
    return await addWalk(walk, found, seen);
  }
  if (!info.isFile && !info.isDirectory) return addStream(path, found);
  await addEntry(path, found);
  if (info.isFile) return await addFile(normalize(path), found, seen);
  const walk = await walkFolder(normalize(path), { ...walking, depth: Infinity });
  await addWalk(walk, found, seen);
  if (walk.files.length === walk.resources.size && walk.problems.length === 0) {
    throw new NothingThere(
      `Cannot read objects from folder "${path}": it holds no .yaml, .yml or .json file ` +
        `(hidden ones and node_modules are passed over)`,
    );
  }
}

function addStream(path: string, found: Expansion) {
  if (!found.streams.includes(path)) found.streams.push(path);
}

/** Where the path's folder is missing too, what matters is that its first missing parent appears. */
async function addEntry(path: string, found: Expansion) {
  let entry = resolve(path);
  while (entry !== "/" && await statOrMissing(dirname(entry)) === undefined) entry = dirname(entry);
  found.entries.add(entry);
}

async function addWalk(walk: Walk, found: Expansion, seen: Seen) {
  found.problems.push(...walk.problems);
  found.lost.push(...walk.problems.map(({ file }) => file));
  for (const folder of walk.folders) found.folders.add(resolve(folder));
  for (const file of walk.files) {
    await addFile(file, found, seen);
    if (!walk.resources.has(file)) continue;
    found.resources.add(file);
    // A folder's watch heeds files that can hold objects, and these.
    found.entries.add(resolve(file));
  }
}

async function addFile(path: string, found: Expansion, seen: Seen) {
  // A file that is gone by now keeps its place here: reading it will tell.
  const real = await Deno.realPath(path).catch(() => resolve(path));
  if (real !== resolve(path)) {
    for (const link of await linksOnPath(resolve(path), seen.targets)) found.entries.add(link);
    found.entries.add(real);
  }
  if (seen.files.has(real)) return;
  seen.files.add(real);
  found.files.push(path);
}

async function statOrMissing(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read "${path}": ${reason}`, { cause: error });
  }
}

function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** Reads the folder before the first wildcard, only as deep as the glob can match. */
async function walkGlob(glob: string, found: Expansion, walking: Walking): Promise<Walk> {
  const pattern = normalize(glob);
  const segments = pattern.split("/");
  const fixed = segments.findIndex(isGlob);
  const base = fixedPart(glob);
  await addEntry(base, found);
  if ((await statOrMissing(base))?.isDirectory !== true) throw new Error(await missing(base));
  const depth = pattern.includes("**") ? Infinity : segments.length - fixed;
  const walk = await walkFolder(base, { ...walking, depth });
  for (const folder of walk.folders) found.folders.add(resolve(folder));
  const matches = (path: string) => walk.resources.has(path) || matchesGlob(path, pattern);
  return { ...walk, files: walk.files.filter(matches) };
}

/** The folder before the first wildcard, or all of a path without one. */
function fixedPart(path: string): string {
  const pattern = normalize(path);
  const segments = pattern.split("/");
  const fixed = segments.findIndex(isGlob);
  if (fixed === -1) return pattern;
  return segments.slice(0, fixed).join("/") || (pattern.startsWith("/") ? "/" : ".");
}

function noMatch(glob: string): string {
  return `Cannot read objects from "${glob}": no .yaml, .yml or .json file matches ` +
    `("*" stays in one folder, "**" takes any depth, hidden files are passed over)`;
}

async function missing(path: string): Promise<string> {
  // As `git clone` takes it: https://, ssh://, git@host:team/flows.git. It may hold a password.
  const remote = /^[a-z+]+:\/\/|^[\w.-]+@[\w.-]+:/i.test(path);
  if (remote) {
    return `Cannot read "${
      path.replace(/\/\/[^/]*@/, "//")
    }": it is no file or folder; genkitd serve ` +
      "takes a Git repository as git+https://host/path, an artifact as oci://host/path";
  }
  const folder = dirname(path);
  const beside: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory || isObjectFile(name)) beside.push(name);
    }
  } catch {
    // Without its folder there is nothing to suggest.
  }
  return `Cannot read "${path}": there is no such file or folder` +
    suggestion(basename(path), beside);
}
