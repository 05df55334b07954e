import { createHash } from "node:crypto";
import { FetchFailure } from "../fetcher.ts";

/** An object of a repository, as it is stored. */
export interface GitObject {
  type: "commit" | "tree" | "blob" | "tag";
  data: Uint8Array;
}

/** An entry of a folder. */
export interface TreeEntry {
  kind: "file" | "folder" | "link" | "submodule";
  /** Undefined where it is not UTF-8, or cannot be the name of a file. */
  name: string | undefined;
  /** The name where that is undefined, with U+FFFD for what is not UTF-8. */
  shown: string;
  oid: string;
}

/** Gives the id (40 hex digits) of an object. */
export function objectId({ type, data }: GitObject): string {
  return createHash("sha1").update(`${type} ${data.length}\0`).update(data).digest("hex");
}

/**
 * Reads the id of a commit's tree.
 *
 * @throws {FetchFailure} where it is not there.
 */
export function treeOf({ data }: GitObject): string {
  const oid = /^tree ([0-9a-f]{40})\n/.exec(new TextDecoder().decode(data.subarray(0, 46)))?.[1];
  if (oid === undefined) throw new FetchFailure("InvalidContent", "the commit has no tree");
  return oid;
}

/**
 * Reads what stands in a folder, in the order of the names.
 *
 * @throws {FetchFailure} where that is no list of entries.
 */
export function* treeEntries({ data }: GitObject): Generator<TreeEntry> {
  let at = 0;
  while (at < data.length) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > data.length) {
      throw new FetchFailure("InvalidContent", "a folder of the commit is broken");
    }
    const mode = new TextDecoder().decode(data.subarray(at, space));
    const oid = data.subarray(end + 1, end + 21).toHex();
    const name = data.subarray(space + 1, end);
    yield { kind: kindOf(mode), name: nameOf(name), shown: new TextDecoder().decode(name), oid };
    at = end + 21;
  }
}

function kindOf(mode: string): TreeEntry["kind"] {
  switch (mode) {
    case "40000":
    case "040000":
      return "folder";
    case "120000":
      return "link";
    case "160000":
      return "submodule";
    default:
      return "file";
  }
}

function nameOf(bytes: Uint8Array): string | undefined {
  try {
    const name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return name === "" || name === "." || name === ".." || name.includes("/") ? undefined : name;
  } catch {
    return undefined;
  }
}
