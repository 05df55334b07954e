import assert from "assert";
import { resources } from "../../../operator/kubernetes/resources.ts";
import type { Resource } from "../../../operator/kubernetes/resource.ts";
import { operatorRules } from "../../../operator/rbac.ts";
import { WATCHED } from "../../../operator/watched.ts";
import { customKinds } from "../../../shared/api/kinds.ts";

function verbsOn({ group, plural }: Resource, watchSecrets = false): string[] {
  return operatorRules({ watchSecrets })
    .filter((rule) => rule.apiGroups?.includes(group) && rule.resources?.includes(plural))
    .flatMap(({ verbs }) => verbs).sort();
}

Deno.test("what the operator keeps in memory it may list and watch", () => {
  for (const { resource } of WATCHED) {
    const verbs = verbsOn(resource);
    assert.ok(verbs.includes("list") && verbs.includes("watch"), resource.kind);
  }
});

Deno.test("objects are written only for a FlowSource, and of that the finalizer", () => {
  for (const kind of Object.values(customKinds)) {
    const writes = kind.kind === "FlowSource" ? ["patch"] : ["create", "delete", "patch"];
    assert.deepEqual(verbsOn(kind), [...writes, "get", "list", "watch"].sort());
    assert.deepEqual(verbsOn({ ...kind, plural: `${kind.plural}/status` }), ["patch"]);
  }
});

Deno.test("Secrets are read by name, and listed only where that is asked for", () => {
  assert.deepEqual(verbsOn(resources.Secret), ["get"]);
  assert.deepEqual(verbsOn(resources.Secret, true), ["get", "list", "watch"]);
});

Deno.test("no rule has a wildcard", () => {
  for (const { apiGroups, resources, verbs } of operatorRules({ watchSecrets: true })) {
    assert.ok(![...apiGroups!, ...resources!, ...verbs].includes("*"));
  }
});

Deno.test("nobody is impersonated but by a Role that a namespace gives", () => {
  const verbs = operatorRules({ watchSecrets: true }).flatMap(({ verbs }) => verbs);
  assert.ok(!verbs.includes("impersonate"));
});
