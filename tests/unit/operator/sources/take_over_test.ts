import assert from "assert";
import type { ManagedFields } from "../../../../operator/kubernetes/object.ts";
import { takenOver } from "../../../../operator/sources/take_over.ts";

const OURS = "genkitd-source/flows";
const fields = (...names: string[]) => ({
  "f:spec": Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});
const of = (manager: string, operation: string, ...names: string[]): ManagedFields => ({
  manager,
  operation,
  apiVersion: "genkit.dev/v1alpha1",
  fieldsType: "FieldsV1",
  fieldsV1: fields(...names),
});
const STATUS = { ...of("genkitd", "Update"), subresource: "status" };

function taken(...managedFields: ManagedFields[]): ManagedFields[] | undefined {
  const metadata = { namespace: "demo", name: "hello", managedFields };
  return takenOver({ apiVersion: "genkit.dev/v1alpha1", kind: "Prompt", metadata }, OURS);
}

Deno.test("takenOver: what all others set becomes the source's, but for subresources", () => {
  const managers = [of("kubectl", "Apply", "a", "b"), of("kubectl-edit", "Update", "b", "c")];
  assert.deepEqual(taken(...managers, STATUS), [STATUS, of(OURS, "Apply", "a", "b", "c")]);
});

Deno.test("takenOver: finalizers and owners stay whose they are", () => {
  const theirs = { "f:metadata": { "f:finalizers": { 'v:"a/b"': {} } } };
  const labels = { "f:metadata": { "f:labels": { "f:team": {} } } };
  const controller = of("controller", "Update");
  const both = { "f:metadata": { ...theirs["f:metadata"], ...labels["f:metadata"] } };
  assert.deepEqual(taken({ ...controller, fieldsV1: { ...fields("a"), ...both } }), [
    { ...controller, fieldsV1: theirs },
    { ...of(OURS, "Apply"), fieldsV1: { ...labels, ...fields("a") } },
  ]);
  assert.equal(taken({ ...controller, fieldsV1: theirs }), undefined);
});

Deno.test("takenOver: what the source has already is not taken from others", () => {
  assert.equal(taken(of(OURS, "Apply", "a"), of("kubectl-edit", "Update", "a"), STATUS), undefined);
  assert.equal(taken(STATUS), undefined);
});

Deno.test("takenOver: another FlowSource has nothing of it any more", () => {
  const [edit, other] = [
    of("kubectl-edit", "Update", "c"),
    of("genkitd-source/old", "Apply", "b"),
  ];
  assert.deepEqual(taken(of(OURS, "Apply", "a"), edit, other), [edit, of(OURS, "Apply", "a", "b")]);
});
