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

Deno.test("the objects of people are read, and only their statuses written", () => {
  for (const kind of Object.values(customKinds)) {
    assert.deepEqual(verbsOn(kind), ["get", "list", "watch"]);
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
