import { type GitObject, treeEntries, type TreeEntry } from "./git_object.ts";

/** What is at a path of a commit; a `missing` object has yet to be asked for. */
export type AtPath =
  | { found: TreeEntry; path: string }
  | { missing: string }
  | "nothing"
  | "outside"
  | "circle";

/** As many links as Linux follows on one path. */
const MAX_LINKS = 40;

/**
 * Finds what a path leads to, by links too as long as they stay inside the repository.
 *
 * @param from The folder at which the path begins, from the repository's root; empty for that.
 */
export function followPath(
  objects: ReadonlyMap<string, GitObject>,
  root: string,
  from: string,
  path: string,
): AtPath {
  let rest = [...segments(from), ...segments(path)];
  const way: TreeEntry[] = [];
  for (let links = 0; rest.length > 0;) {
    const name = rest.shift()!;
    if (name === "..") {
      if (way.length === 0) return "outside";
      way.pop();
      continue;
    }
    const folder = way.at(-1);
    if (folder !== undefined && folder.kind !== "folder") return "nothing";
    const tree = objects.get(folder?.oid ?? root);
    if (tree?.type !== "tree") return { missing: folder?.oid ?? root };
    const entry = treeEntries(tree).find((entry) => entry.name === name);
    if (entry === undefined) return "nothing";
    if (entry.kind !== "link") {
      way.push(entry);
      continue;
    }
    const link = objects.get(entry.oid);
    if (link === undefined) return { missing: entry.oid };
    if (++links > MAX_LINKS) return "circle";
    const target = new TextDecoder().decode(link.data);
    // Absolute, of another machine; or no path at all.
    if (target.startsWith("/") || target.length > 4096) return "outside";
    rest = [...segments(target), ...rest];
    if (rest.length > 1000) return "circle";
  }
  const found = way.at(-1) ?? { kind: "folder" as const, name: "", shown: "", oid: root };
  return { found, path: way.map(({ name }) => name).join("/") };
}

/** The parts of a path; `.` and what is empty say nothing. */
function segments(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
