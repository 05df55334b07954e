import { relative, resolve } from "node:path";
import { readInlined } from "../read_inlined.ts";
import { checkObjects } from "../../flows/object_set.ts";
import { fileProblem } from "../file_problem.ts";
import { formatProblem } from "../format_problem.ts";
import type { SourceObject } from "../read_objects.ts";
import { type IsResource, resourceFilter, resourcesOf } from "../resource_files.ts";
import type { SourceProblem } from "../source_problem.ts";
import { walkFolder } from "../walk_folder.ts";

/** The most files of an artifact, and the most bytes of one and of all: what readers take. */
const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_BYTES = 100 * 1024 * 1024;
/** How many levels of folders are read. */
const DEPTH = 32;

/** The files of a folder, ready to be pushed. */
export interface PackedObjects {
  /** Path from the folder, with `/`, to content. */
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** How many objects they hold. */
  objects: number;
  warnings: SourceProblem[];
}

/**
 * Reads a folder's object files, or one such file, and checks what they hold. Secrets with values are
 * refused: an artifact is read by many, and what was pushed once stays in the registry.
 *
 * @throws {Error} with all that is wrong, a line for each.
 */
export async function packObjects(
  path: string,
  { includeSecrets, resources: globs }: {
    includeSecrets: boolean;
    /** Which files are resources, besides prompts: globs of paths from the folder. */
    resources?: readonly string[] | undefined;
  },
): Promise<PackedObjects> {
  const isResource = resourceFilter(globs);
  const files = await readFiles(path, isResource);
  if ([...files.keys()].every(isResource)) {
    throw new Error(`Cannot push "${path}": it holds no .yaml, .yml or .json`);
  }
  const texts = new Map<string, string>();
  const problems: SourceProblem[] = [];
  for (const [file, bytes] of files) {
    try {
      texts.set(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      problems.push({ file, message: "cannot be read: it is not UTF-8 text" });
    }
  }
  const read = readInlined({ files: texts, ...resourcesOf(texts, isResource) });
  const checked = checkObjects(read.objects);
  // What is passed over may hold Secrets that nobody has looked at.
  problems.push(...read.problems, ...checked.problems, ...read.passedOver.notes.map(unpushable));
  if (!includeSecrets) problems.push(...read.objects.flatMap(secretProblem));
  if (problems.length > 0) {
    const lines = problems.map((problem) => formatProblem(problem, texts.get(problem.file)));
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new Error(`Cannot push "${path}", ${count}:\n${lines.join("\n")}`);
  }
  return { files, objects: read.objects.length, warnings: checked.warnings };
}

async function readFiles(
  path: string,
  isResource: IsResource,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const root = resolve(path);
  const fail = (message: string) => new Error(`Cannot push "${path}": ${message}`);
  const info = await Deno.stat(root).catch((error) => {
    throw fail(fileProblem(path, error).message);
  });
  let found = [root];
  if (info.isDirectory) {
    const walk = await walkFolder(root, { depth: DEPTH, limit: MAX_FILES, isResource });
    const [problem] = walk.problems;
    if (problem !== undefined) throw fail(formatProblem(problem));
    found = walk.files;
  }
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const inside = `${await Deno.realPath(root)}/`;
  let total = 0;
  for (const file of found) {
    const name = info.isDirectory ? relative(root, file) : file.replace(/^.*[/\\]/, "");
    // Else somebody's own files could be published by a link that came with the folder.
    if (info.isDirectory && !(await Deno.realPath(file)).startsWith(inside)) {
      throw fail(`"${name}" leads out of the folder by a link: put the file itself there`);
    }
    const { size } = await Deno.stat(file);
    total += size;
    if (size > MAX_FILE_BYTES) throw fail(`"${name}" has more than ${MAX_FILE_BYTES} bytes`);
    if (total > MAX_BYTES) throw fail(`it has more than ${MAX_BYTES} bytes`);
    files.set(name.replaceAll("\\", "/"), await Deno.readFile(file));
  }
  return files;
}

function unpushable({ file }: SourceProblem): SourceProblem {
  const message =
    "is of a Helm chart or kustomization, of which no objects are made yet: push those " +
    "that are made of it";
  return { file, message };
}

function secretProblem({ value, file, line, column }: SourceObject): SourceProblem[] {
  const { kind, data, stringData, metadata } = Object(value);
  const values = { ...Object(data), ...Object(stringData) };
  if (kind !== "Secret" || Object.keys(values).length === 0) return [];
  const name = String(Object(metadata).name);
  const message =
    `Secret "${name}" has values, and everybody who may pull the artifact could read ` +
    "them: leave it out, or push with --include-secrets";
  return [{ file, line, column, message }];
}
