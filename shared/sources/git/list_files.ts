import { suggestion } from "../../nearest.ts";
import { FetchFailure } from "../fetcher.ts";
import type { SourceProblem } from "../source_problem.ts";
import { type IsResource, isWanted } from "../resource_files.ts";
import { type GitObject, treeEntries } from "./git_object.ts";
import { followPath } from "./tree_path.ts";

/** What a folder of a commit holds that can hold objects. */
export interface FileList {
  /** Path from the repository's root, to the id of the text; in the order of the paths. */
  files: Map<string, string>;
  problems: SourceProblem[];
  warnings: SourceProblem[];
  /** Ids of the links' own texts. */
  links: Set<string>;
  /** Ids of what must be had before the list is whole. */
  missing: Set<string>;
}

/** Options of {@linkcode listFiles}. */
export interface ListOptions {
  /** The id of the commit's folder. */
  root: string;
  /** The folder or file to read; empty for all. */
  path: string;
  /** Which files are resources, by their paths from the repository's root. */
  isResource: IsResource;
  /** The most files, folders and links. */
  maxFiles: number;
}

const MAX_DEPTH = 100;
/** The most entries that are looked at: one folder may stand in a tree many times. */
const MAX_ENTRIES = 1_000_000;

interface Link {
  folder: string;
  name: string;
  path: string;
}

/**
 * Finds the .yaml, .yml and .json files of a commit's folder, and its resources, as walkFolder does in a real one.
 * Links lead to files inside the repository only.
 *
 * @throws {FetchFailure} where the path is not there, or there are too many files.
 */
export function listFiles(
  objects: ReadonlyMap<string, GitObject>,
  { root, path, maxFiles, isResource }: ListOptions,
): FileList {
  const list: FileList = {
    files: new Map(),
    problems: [],
    warnings: [],
    links: new Set(),
    missing: new Set(),
  };
  const links: Link[] = [];
  let folders = 0;
  let entries = 0;

  const walk = (oid: string, folder: string, depth: number) => {
    const tree = objects.get(oid);
    if (tree?.type !== "tree") return list.missing.add(oid);
    if (++folders > maxFiles || depth > MAX_DEPTH) throw tooMany("folders", maxFiles);
    for (const entry of treeEntries(tree)) {
      if (++entries > MAX_ENTRIES) throw tooMany("entries", MAX_ENTRIES);
      if (entry.name === undefined) {
        // A picture's name is nobody's business here.
        const shown = `${folder}/${entry.shown}`.replace(/^\//, "");
        if (entry.kind === "file" && !isWanted(shown, isResource)) continue;
        const message = "holds a name that is not UTF-8 or no file's name; it is passed over";
        list.problems.push({ file: folder || ".", message });
        if (list.problems.length > maxFiles) throw tooMany("files", maxFiles);
        continue;
      }
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const inner = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === "folder") walk(entry.oid, inner, depth + 1);
      else if (entry.kind === "link") {
        links.push({ folder, name: entry.name, path: inner });
        list.links.add(entry.oid);
      } else if (entry.kind === "submodule") {
        list.warnings.push({ file: inner, message: "is a submodule, which is passed over" });
      } else if (isWanted(inner, isResource)) list.files.set(inner, entry.oid);
      if (list.files.size + links.length + list.warnings.length > maxFiles) {
        throw tooMany("files", maxFiles);
      }
    }
  };

  const at = followPath(objects, root, "", path);
  if (typeof at === "string") throw noPath(objects, root, path);
  if ("missing" in at) list.missing.add(at.missing);
  else if (at.found.kind === "file") list.files.set(at.path, at.found.oid);
  else if (at.found.kind === "submodule") {
    throw new FetchFailure("NotFound", `"${path}" is a submodule, which is not read`);
  } else walk(at.found.oid, at.path, 0);

  const real = new Set(list.files.keys());
  for (const link of links) addLink(objects, root, link, list, real, isResource);
  list.files = new Map([...list.files].sort(([a], [b]) => a < b ? -1 : 1));
  return list;
}

/** A link to a file takes its text, once however many links lead to it. */
function addLink(
  objects: ReadonlyMap<string, GitObject>,
  root: string,
  { folder, name, path }: Link,
  list: FileList,
  real: Set<string>,
  isResource: IsResource,
) {
  const at = followPath(objects, root, folder, name);
  const matters = isWanted(path, isResource);
  const problem = (message: string) => {
    if (matters) list.problems.push({ file: path, message });
  };
  if (at === "outside") return problem("is a link that leads out of the repository");
  if (at === "circle") return problem("is a link that leads back to itself");
  if (at === "nothing") return problem("is a link to nothing");
  if ("missing" in at) return list.missing.add(at.missing);
  if (at.found.kind === "folder") {
    list.warnings.push({ file: path, message: "is a link to a folder, which is passed over" });
  } else if (at.found.kind === "file" && matters && !real.has(at.path)) {
    real.add(at.path);
    list.files.set(path, at.found.oid);
  }
}

function noPath(objects: ReadonlyMap<string, GitObject>, root: string, path: string): FetchFailure {
  const slash = path.replace(/\/+$/, "").lastIndexOf("/");
  const parent = followPath(objects, root, "", path.slice(0, Math.max(0, slash)));
  const tree = typeof parent === "object" && "found" in parent
    ? objects.get(parent.found.oid)
    : undefined;
  const names = tree?.type === "tree"
    ? [...treeEntries(tree)].flatMap(({ name }) => name ?? [])
    : [];
  const near = suggestion(path.slice(slash + 1).replace(/\/+$/, ""), names.slice(0, 1000));
  return new FetchFailure("NotFound", `there is no folder or file "${path}" in it${near}`);
}

function tooMany(what: string, limit: number): FetchFailure {
  return new FetchFailure("TooLarge", `it holds more than ${limit} ${what}`);
}
