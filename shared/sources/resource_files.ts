import { matchesGlob } from "node:path";
import type { Snapshot } from "./source.ts";
import { isObjectFile } from "./walk_folder.ts";

/** Tells by its path from the source's root whether a file is a resource. */
export type IsResource = (path: string) => boolean;

/** Prompts are resources wherever they stand: no object is in a file of that name. */
const ALWAYS = "**/*.prompt";

/**
 * Makes the function that tells which files of a source are resources: files that objects refer to,
 * and that hold no objects themselves.
 *
 * @param globs Paths from the source's root, such as `schemas/**`, besides those of prompts.
 */
export function resourceFilter(globs: readonly string[] = []): IsResource {
  const all = [ALWAYS, ...globs];
  return (path) => all.some((glob) => matchesGlob(path, glob));
}

/** Whether a file is one that a source reads: with objects, or a resource. */
export function isWanted(path: string, isResource: IsResource): boolean {
  return isObjectFile(path) || isResource(path);
}

/** Which files are resources, as a snapshot has it. */
export function resourcesOf(
  files: ReadonlyMap<string, unknown>,
  isResource: IsResource,
): { resources?: ReadonlySet<string> } {
  const resources = new Set([...files.keys()].filter(isResource));
  return resources.size > 0 ? { resources } : {};
}

/** Parts the files of a snapshot into those that hold objects and the resources. */
export function separateFiles({ files, resources: names }: Pick<Snapshot, "files" | "resources">) {
  const objectFiles = new Map<string, string>();
  const resources = new Map<string, string>();
  for (const [path, text] of files) (names?.has(path) ? resources : objectFiles).set(path, text);
  return { objectFiles, resources };
}
