import { parseDocument, type Place } from "./parse_document.ts";
import { rejectDuplicates } from "./reject_duplicates.ts";
import type { SourceProblem } from "./source_problem.ts";
import { splitDocuments } from "./split_documents.ts";

/** One object of a file, not yet checked by the schema of its kind. */
export interface SourceObject {
  /** Plain data as JSON has it. */
  value: unknown;
  file: string;
  /** Where the object starts; both are counted from 1, columns in UTF-16 code units. */
  line: number;
  column: number;
  /**
   * Gives the place of a field such as `["spec", "flows", 1]`, or of what is nearest to it; with
   * `textLine` that of a line, from 1, of the text that stands there.
   */
  locate(
    path: readonly (string | number)[],
    textLine?: number,
  ): Place & { file?: string };
}

/** What files hold: objects, and what stands in the way of more. */
export interface ReadObjects {
  objects: SourceObject[];
  problems: SourceProblem[];
  /** Those of the problems that are of two objects of one identity. */
  duplicates: SourceProblem[];
  /** Objects that an earlier source has as well; that one's are taken. */
  collisions: SourceProblem[];
}

/**
 * Reads the objects of YAML and JSON files: each document is an object or a list of objects (kind
 * List). A broken document leaves those beside it usable. No two objects have one identity:
 * two in one source is a problem; of those in several sources the first is taken.
 *
 * @param sourceOf The source of a file, where there are several; their order is that of the files.
 */
export function readObjects(
  files: ReadonlyMap<string, string>,
  sourceOf: (file: string) => string = () => "",
): ReadObjects {
  const objects: SourceObject[] = [];
  const problems: SourceProblem[] = [];
  for (const [file, text] of files) {
    for (const document of splitDocuments(text)) {
      const parsed = parseDocument(document);
      if ("problem" in parsed) {
        problems.push({ file, ...parsed.problem });
      } else if (parsed.value !== null) {
        collect({ ...parsed, file, ...parsed.locate([]) }, objects, problems);
      }
    }
  }
  const unique = rejectDuplicates(objects, sourceOf);
  const { problems: duplicates } = unique;
  return { ...unique, problems: [...problems, ...duplicates], duplicates };
}

function collect(object: SourceObject, objects: SourceObject[], problems: SourceProblem[]) {
  const { value, file, line, column } = object;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const message = `found ${describe(value)}; it should be an object with apiVersion, kind and ` +
      "metadata";
    problems.push({ file, line, column, message });
    return;
  }
  if (!("kind" in value && typeof value.kind === "string" && value.kind.endsWith("List"))) {
    objects.push(object);
    return;
  }
  const items = "items" in value ? value.items ?? [] : [];
  if (!Array.isArray(items)) {
    const message = `items of a ${value.kind} is ${describe(items)}; it should be a list`;
    problems.push({ file, ...object.locate(["items"]), message });
    return;
  }
  items.forEach((item, index) => {
    const locate: SourceObject["locate"] = (path, textLine) =>
      object.locate(["items", index, ...path], textLine);
    collect({ value: item, file, ...locate([]), locate }, objects, problems);
  });
}

function describe(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
