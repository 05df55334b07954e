import { readCluster, withCluster } from "../operator/preview/read_cluster.ts";
import { explain } from "../shared/explain/explain.ts";
import type { ExplainNode } from "../shared/explain/explain_node.ts";
import { DEFAULT_NAMESPACE } from "../shared/flows/resolve.ts";
import { lintObjects } from "../shared/lint/lint_objects.ts";
import { type LintScope, namespaceOf } from "../shared/lint/lint_scope.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";
import { fileObjects } from "./preview_files.ts";
import { readFiles } from "./read_files.ts";

/** Which object is explained. */
export interface ExplainTarget {
  kind: string;
  name: string;
}

/** Explains an object of files. Without a namespace it is the one that has the object. */
export async function explainFiles(
  target: ExplainTarget,
  paths: readonly string[],
  { namespace, resources = [], note = () => {} }: {
    namespace?: string | undefined;
    resources?: readonly string[];
    /** Told what is passed over, such as a Helm chart. */
    note?: (note: SourceProblem) => void;
  } = {},
): Promise<ExplainNode> {
  const { scope, notes } = fileObjects(await readFiles(paths, resources));
  notes.forEach(note);
  return await explainScope(
    { ...target, namespace: namespace ?? namespaceIn(scope, target) },
    scope,
  );
}

/** Explains an object of a scope of files, in which other Secrets are not known. */
export async function explainScope(
  target: ExplainTarget & { namespace: string },
  scope: LintScope,
): Promise<ExplainNode> {
  const findings = await lintObjects(scope);
  return explain(target, { scope, findings, secretState: () => "unknown" });
}

/** Explains an object of the cluster that the kubeconfig leads to. */
export async function explainCluster(
  target: ExplainTarget,
  { kubeconfig, context, namespace }: {
    kubeconfig?: string;
    context?: string;
    namespace?: string;
  },
): Promise<ExplainNode> {
  return await withCluster(
    { kubeconfig, context, command: "explain" },
    async (client, ownNamespace) => {
      const at = namespace ?? ownNamespace;
      const { scope, secretState, ready } = await readCluster(client, at);
      const findings = await lintObjects(scope);
      return explain({ ...target, namespace: at }, {
        scope,
        findings,
        secretState: (_, name) => secretState(name),
        ready: (kind, _, name) => {
          const found = ready(kind, name);
          return found && { status: found.status, reason: found.reason, message: found.message };
        },
      });
    },
  );
}

function namespaceIn(scope: LintScope, { kind, name }: ExplainTarget): string {
  const valid = scope.all.find((object) => object.kind === kind && object.metadata.name === name);
  const invalid = scope.invalid.find((object) => object.kind === kind && object.name === name);
  return (valid && namespaceOf(valid)) ?? invalid?.namespace ?? DEFAULT_NAMESPACE;
}
