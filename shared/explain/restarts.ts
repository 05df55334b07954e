import type { KnownObject } from "../api/kinds.ts";
import { type LintScope, namespaceOf } from "../lint/lint_scope.ts";
import { referencesOf } from "../lint/references.ts";

/**
 * Tells which servers of a namespace have an object in their content, by `kind/name`: an edit of it
 * replaces their pods. A Flow that a Tool calls is a server of its own.
 */
export function restartsIn(namespace: string, scope: LintScope): Map<string, string[]> {
  const objects = new Map(
    scope.all.filter((object) => namespaceOf(object) === namespace)
      .map((object) => [`${object.kind}/${object.metadata.name}`, object]),
  );
  const restarts = new Map<string, string[]>();
  for (const [key, server] of objects) {
    if (server.kind !== "Flow" && server.kind !== "FlowSet") continue;
    const reached = new Set([key]);
    const visit = (object: KnownObject) => {
      for (const { kind, name } of referencesOf(object)) {
        const next = `${kind}/${name}`;
        if (kind === "Flow" || reached.has(next)) continue;
        reached.add(next);
        const found = objects.get(next);
        if (found !== undefined) visit(found);
      }
    };
    visit(server);
    for (const one of reached) {
      // The pods read them again by themselves.
      if (one.startsWith("Secret/") && server.spec.credentialRotation === "Reload") continue;
      restarts.set(one, [
        ...restarts.get(one) ?? [],
        `${server.kind} "${server.metadata.name}"`,
      ]);
    }
  }
  return restarts;
}
