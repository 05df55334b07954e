import { FetchFailure } from "../fetcher.ts";
import type { SourceProblem } from "../source_problem.ts";
import type { GitObject } from "./git_object.ts";
import type { GitSourceOptions } from "./git_source_options.ts";

/** Texts by path, and what is no text. */
export interface ReadFiles {
  files: Map<string, string>;
  problems: SourceProblem[];
}

/** How the text begins that stands for a file of Git LFS; see its spec.md, The Pointer. */
const LFS = "version https://git-lfs.github.com/spec/";

/**
 * Reads the texts of a commit's files.
 *
 * @param list Path to id, as listFiles gives it.
 * @throws {FetchFailure} where they are too much together.
 */
export function readFiles(
  list: ReadonlyMap<string, string>,
  { objects, tooLarge }: { objects: ReadonlyMap<string, GitObject>; tooLarge: ReadonlySet<string> },
  { maxBytes, maxFileBytes }: Pick<GitSourceOptions, "maxBytes" | "maxFileBytes">,
): ReadFiles {
  const read: ReadFiles = { files: new Map(), problems: [] };
  const refuse = (file: string, message: string) => read.problems.push({ file, message });
  let bytes = 0;
  for (const [path, oid] of list) {
    const object = objects.get(oid);
    if (tooLarge.has(oid)) {
      refuse(path, `cannot be read: it is larger than ${maxFileBytes} bytes`);
      continue;
    }
    if (object?.type !== "blob") {
      refuse(path, "cannot be read: the server does not send it, or it is too large");
      continue;
    }
    // One text may stand at many paths.
    bytes += object.data.length;
    if (bytes > maxBytes) {
      throw new FetchFailure("TooLarge", `its files are more than ${maxBytes} bytes`);
    }
    const text = decode(object.data);
    if (text === undefined) refuse(path, "cannot be read: it is not UTF-8 text");
    else if (text.startsWith(LFS)) {
      refuse(path, "is kept in Git LFS, which is not read; it should be kept in Git itself");
    } else read.files.set(path, text);
  }
  return read;
}

function decode(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
