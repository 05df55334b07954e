import { suggestion } from "../../nearest.ts";
import { FetchFailure } from "../fetcher.ts";
import type { SourceProblem } from "../source_problem.ts";
import type { OciSourceOptions } from "./oci_source_options.ts";

/**
 * Gives the files below the path that is read, as texts.
 *
 * @throws {FetchFailure} TooLarge beyond maxFiles, NotFound where nothing is at the path.
 */
export function textFiles(
  files: ReadonlyMap<string, Uint8Array>,
  { path = "", maxFiles }: OciSourceOptions,
): { files: Map<string, string>; problems: SourceProblem[] } {
  const wanted = path.split("/").filter((part) => part !== "" && part !== ".").join("/");
  const texts = new Map<string, string>();
  const problems: SourceProblem[] = [];
  for (const [file, bytes] of files) {
    if (wanted !== "" && file !== wanted && !file.startsWith(`${wanted}/`)) continue;
    try {
      texts.set(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      problems.push({ file, message: "cannot be read: it is not UTF-8 text" });
    }
  }
  if (texts.size > maxFiles) {
    throw new FetchFailure("TooLarge", `it holds more than ${maxFiles} files`);
  }
  if (wanted !== "" && texts.size + problems.length === 0) {
    const folders = [...files.keys()].map((file) => file.replace(/\/[^/]*$/, ""));
    const near = suggestion(wanted, new Set(folders));
    throw new FetchFailure("NotFound", `there is no folder or file "${wanted}" in it${near}`);
  }
  return { files: texts, problems };
}
