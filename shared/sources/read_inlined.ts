import { buildInputs } from "./build_inputs.ts";
import { type ReadObjects, readObjects } from "./read_objects.ts";
import { separateFiles } from "./resource_files.ts";
import type { Snapshot } from "./source.ts";
import type { SourceProblem } from "./source_problem.ts";
import { inlineAll } from "../flows/inline_resources.ts";

/** The objects of a snapshot, with the files that they refer to put into them. */
export interface ReadInlined extends ReadObjects {
  /** Those of the problems that are of a reference to a file. */
  unresolved: SourceProblem[];
  /** Files that hold no objects as they stand, such as a Helm chart's; and notes that say so. */
  passedOver: { files: ReadonlySet<string>; notes: readonly SourceProblem[] };
}

/**
 * Reads the objects of a snapshot's files, and puts its resources into them. Templates of Helm charts
 * and patches of kustomizations are passed over.
 *
 * @param sourceOf The source of a file, where there are several; their order is that of the files.
 */
export function readInlined(
  snapshot: Pick<Snapshot, "files" | "resources">,
  sourceOf?: (file: string) => string,
): ReadInlined {
  const { objectFiles, resources } = separateFiles(snapshot);
  const passedOver = buildInputs(objectFiles);
  for (const file of passedOver.files) objectFiles.delete(file);
  const read = readObjects(objectFiles, sourceOf);
  const { objects, problems: unresolved } = inlineAll(read.objects, resources);
  return {
    ...read,
    objects,
    problems: [...read.problems, ...unresolved],
    unresolved,
    passedOver,
  };
}
