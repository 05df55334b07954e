import { type PreviewedServer, previewServer } from "../operator/preview/preview_server.ts";
import { checkObjects, type ObjectSet } from "../shared/flows/object_set.ts";
import { readInlined } from "../shared/sources/read_inlined.ts";
import { DEFAULT_NAMESPACE } from "../shared/flows/resolve.ts";
import { invalidObjects, LintScope } from "../shared/lint/lint_scope.ts";
import type { MergedSnapshot } from "../shared/sources/merge_snapshots.ts";
import type { SourceObject } from "../shared/sources/read_objects.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";

/** The objects of files. */
export interface FileObjects {
  objects: ObjectSet;
  /** Looks at them together with those that are not valid. */
  scope: LintScope;
  sources: SourceObject[];
  /** What keeps objects from being read. */
  problems: SourceProblem[];
  /** What was passed over, such as a Helm chart. */
  notes: readonly SourceProblem[];
}

/** Reads the objects of files, as serve does. */
export function fileObjects(snapshot: MergedSnapshot): FileObjects {
  const read = readInlined(snapshot, (file) => snapshot.sources.get(file) ?? "");
  const { objects, problems } = checkObjects(read.objects);
  return {
    objects,
    scope: new LintScope(objects, invalidObjects(read.objects)),
    sources: read.objects,
    problems: [...snapshot.problems, ...read.problems, ...problems],
    notes: read.passedOver.notes,
  };
}

/** Renders the servers of files that `wanted` names. */
export function previewFiles(
  { objects, scope }: Pick<FileObjects, "objects" | "scope">,
  wanted: { namespace?: string | undefined; name?: string | undefined } = {},
): Promise<PreviewedServer[]> {
  const servers = objects.servers.filter(({ metadata: { name, namespace = DEFAULT_NAMESPACE } }) =>
    (wanted.namespace ?? namespace) === namespace && (wanted.name ?? name) === name
  );
  return Promise.all(servers.map((server) => {
    const { namespace = DEFAULT_NAMESPACE } = server.metadata;
    return previewServer(server, scope, (secret) => {
      const found = objects.secret(namespace, secret);
      return found && Object.keys(found);
    });
  }));
}
