import { dirname, join } from "node:path/posix";
import { GROUP } from "../api/kind.ts";
import { type Problem, showPath } from "../api/problem.ts";
import { nearest } from "../nearest.ts";
import { parseDocument } from "../sources/parse_document.ts";
import type { SourceObject } from "../sources/read_objects.ts";
import type { SourceProblem } from "../sources/source_problem.ts";
import { isJsonObject } from "./resolve_model.ts";

/** The key of a value that stands for a file: `{ $resource: prompts/greeting.prompt }`. */
const KEY = "$resource";

/** Where a value of an object comes from. */
interface Inlined {
  path: Problem["path"];
  file: string;
}

/** What {@linkcode inlineResources} made of an object. */
export interface InlinedObject {
  value: unknown;
  /** The files that were put in, and where. */
  inlined: Inlined[];
  problems: Problem[];
}

/**
 * Puts the texts of files where an object refers to them with `{ $resource: <path> }`, whatever its
 * kind: .json, .yaml and .yml as the data that they hold, others as they are. Paths go from the
 * folder of the object's own file. Secrets and other objects that are not genkitd's stay as they are.
 *
 * @param resources Path, as that of the object's file is written, to text.
 */
export function inlineResources(
  value: unknown,
  resources: ReadonlyMap<string, string>,
  file: string,
): InlinedObject {
  const made: InlinedObject = { value, inlined: [], problems: [] };
  const { apiVersion } = Object(value);
  if (typeof apiVersion !== "string" || apiVersion.split("/")[0] !== GROUP) return made;
  const walk = (value: unknown, path: Problem["path"]): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isJsonObject(value)) return value;
    const name = resourceName(value);
    if (name === undefined) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, walk(inner, [...path, key])]),
      );
    }
    const found = read(name, resources, file);
    if ("message" in found) {
      made.problems.push({ path, message: found.message });
      return value;
    }
    made.inlined.push({ path, file: found.file });
    return found.value;
  };
  return { ...made, value: walk(value, []) };
}

/** Gives the path that a value refers to; undefined where it is no reference. */
export function resourceName(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const [key, ...more] = Object.keys(value);
  const name = value[KEY];
  return key === KEY && more.length === 0 && typeof name === "string" ? name : undefined;
}

/** Finds the first reference in a value: where objects come without files it cannot be followed. */
export function findResource(
  value: unknown,
  path: Problem["path"] = [],
): { path: Problem["path"]; message: string } | undefined {
  const name = resourceName(value);
  if (name !== undefined) {
    const message =
      `refers to the file "${name}", and there are no files in a cluster: it should ` +
      "hold the content, as a FlowSource or genkitd serve puts it there";
    return { path, message };
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findResource(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function read(
  name: string,
  resources: ReadonlyMap<string, string>,
  file: string,
): { file: string; value: unknown } | { message: string } {
  // A file of another source, or of no source, is in no map: nothing else can be read.
  const [source, own] = splitSource(file);
  const path = source + join(dirname(own), name);
  const text = resources.get(path);
  if (text === undefined) {
    const near = nearest(path, resources.keys());
    const meant = near === undefined ? "" : ` (did you mean "${near}"?)`;
    const message = `refers to the file "${path}", which is not among the resources of its ` +
      `source: *.prompt, and what resources names${meant}`;
    return { message };
  }
  if (!/\.(ya?ml|json)$/i.test(path)) return { file: path, value: text };
  const parsed = parseDocument({ text, line: 1 });
  if ("value" in parsed) return { file: path, value: parsed.value };
  const { line, message } = parsed.problem;
  return {
    message: `refers to the file "${path}", which is not valid at line ${line}: ${message}`,
  };
}

/** Files of a source that is not local are called `source//path`. */
function splitSource(file: string): [source: string, path: string] {
  const at = file.lastIndexOf("//");
  return at < 0 ? ["", file] : [file.slice(0, at + 2), file.slice(at + 2)];
}

/** What {@linkcode inlineAll} made of the objects of files. */
export interface InlinedObjects {
  /** Without those whose references lead nowhere. */
  objects: SourceObject[];
  problems: SourceProblem[];
}

/** Puts resources into the objects of files. What is wrong in a resource is told at its own line. */
export function inlineAll(
  objects: readonly SourceObject[],
  resources: ReadonlyMap<string, string>,
): InlinedObjects {
  const all: InlinedObjects = { objects: [], problems: [] };
  for (const object of objects) {
    const { value, inlined, problems } = inlineResources(object.value, resources, object.file);
    if (problems.length === 0) {
      const locate: SourceObject["locate"] = (path, textLine) => {
        const from = inlined.find((one) => one.path.every((key, index) => path[index] === key));
        return from !== undefined && textLine !== undefined
          ? { file: from.file, line: textLine, column: 1 }
          : object.locate(path, textLine);
      };
      all.objects.push(inlined.length === 0 ? object : { ...object, value, locate });
      continue;
    }
    const { kind, metadata } = Object(object.value);
    for (const { path, message } of problems) {
      const text = `${kind} "${Object(metadata).name}": ${showPath(path)}: ${message}`;
      all.problems.push({ file: object.file, ...object.locate(path), message: text });
    }
  }
  return all;
}
