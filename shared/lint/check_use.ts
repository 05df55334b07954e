import type { KnownObject } from "../api/kinds.ts";
import { nearest } from "../nearest.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import { type LintScope, namespaceOf } from "./lint_scope.ts";
import { referencesOf } from "./references.ts";

const CHECKED = ["Prompt", "Tool", "Model", "PluginConfig", "Secret"];

/**
 * Finds what nobody refers to, and Secrets whose names were likely misspelled. In a namespace without
 * a Flow or FlowSet nothing counts as unused: it is there for others to use. Neither where one is not
 * valid, as what that one uses is not known.
 *
 * @param others Objects of other groups, such as Deployments, which may use Secrets too.
 */
export function checkUse(scope: LintScope, others: readonly unknown[] = []): ObjectFinding[] {
  const namespaces = [...new Set(scope.all.map(namespaceOf))];
  return namespaces.flatMap((namespace) => {
    const objects = scope.all.filter((object) => namespaceOf(object) === namespace);
    return [...unused(namespace, objects, scope, others), ...misspelledSecrets(objects)];
  });
}

function unused(
  namespace: string,
  objects: readonly KnownObject[],
  scope: LintScope,
  others: readonly unknown[],
): ObjectFinding[] {
  const isServer = ({ kind }: { kind: string }) => kind === "Flow" || kind === "FlowSet";
  const broken = scope.invalid.some((object) => object.namespace === namespace);
  if (broken || !objects.some(isServer)) return [];
  const used = new Set(
    objects.flatMap(referencesOf).map(({ kind, name }) => `${kind}/${name}`),
  );
  // Pods name Secrets in many places: volumes, imagePullSecrets, an Ingress' certificate.
  const texts = new Set<string>();
  for (const value of [...objects.filter(({ kind }) => kind !== "Secret"), ...others]) {
    collectTexts(value, texts);
  }
  return objects
    .filter((object) => CHECKED.includes(object.kind))
    .filter(({ kind, metadata: { name } }) => !used.has(`${kind}/${name}`))
    .filter(({ kind, metadata: { name } }) => kind !== "Secret" || !texts.has(name))
    .map(({ kind, metadata: { name } }) => ({
      rule: "unused-object" as const,
      object: { kind, namespace, name },
      path: ["metadata", "name"],
      message: `nobody in the files refers to it in namespace "${namespace}"`,
    }));
}

/** A Secret may be made elsewhere; one that is nearly called so in the files is likely meant. */
function misspelledSecrets(objects: readonly KnownObject[]): ObjectFinding[] {
  const secrets = objects.filter(({ kind }) => kind === "Secret")
    .map(({ metadata: { name } }) => name);
  return objects.flatMap((object) =>
    referencesOf(object).flatMap(({ kind, name, path }): ObjectFinding[] => {
      if (kind !== "Secret" || secrets.includes(name)) return [];
      const meant = nearest(name, secrets);
      if (meant === undefined) return [];
      const { kind: owner, metadata } = object;
      return [{
        rule: "misspelled-secret",
        object: { kind: owner, namespace: namespaceOf(object), name: metadata.name },
        path,
        message: `Secret "${name}" is not in the files (did you mean "${meant}"?)`,
      }];
    })
  );
}

function collectTexts(value: unknown, texts: Set<string>, depth = 0): void {
  if (typeof value === "string") texts.add(value);
  else if (typeof value === "object" && value !== null && depth < 64) {
    for (const inner of Object.values(value)) collectTexts(inner, texts, depth + 1);
  }
}
