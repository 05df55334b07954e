import assert from "assert";
import { parse } from "yaml";
import { customKinds } from "../../shared/api/kinds.ts";
import type { StructuralSchema } from "../../shared/api/structural_schema.ts";
import { objectOf } from "../unit/api/objects.ts";
import { startControlPlane } from "./control_plane.ts";
import { BROKEN_OBJECTS, type CustomObject, SPARSE_OBJECTS } from "./custom_objects.ts";
import { untilServed } from "./until_served.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const OURS = `${ROOT}deploy/crds`;
const REFERENCE = `${ROOT}tests/fixtures/genkit-operator-0.5`;
const ESTABLISHED = ["wait", "crd", "--all", "--for=condition=Established", "--timeout=5m"];

const cluster = await startControlPlane();
await cluster.kubectl(["apply", "--server-side", "-f", OURS]);
await untilServed(cluster);

Deno.test.afterAll(() => cluster.stop());

const schemas = Object.values(customKinds).map((kind) => {
  const crd = parse(Deno.readTextFileSync(`${OURS}/genkit.dev_${kind.plural}.yaml`));
  const schema: StructuralSchema = crd.spec.versions[0].schema.openAPIV3Schema;
  return { kind: kind.kind, schema };
});

/** Creates an object, checks included, and keeps nothing of it. */
async function dryRun(object: CustomObject) {
  const kind = Object.values(customKinds).find(({ kind }) => kind === object.kind)!;
  const path = `/apis/genkit.dev/v1alpha1/namespaces/default/${kind.plural}`;
  const response = await cluster.fetch(`${path}?dryRun=All&fieldValidation=Strict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(object),
  });
  return { status: response.status, answer: await response.json() };
}

Deno.test("the CRD of every kind is established in a fresh cluster", async () => {
  const { stdout } = await cluster.kubectl(ESTABLISHED);
  assert.equal(stdout.trim().split("\n").length, Object.keys(customKinds).length);
});

const samples = [...Deno.readDirSync(`${REFERENCE}/samples`)].map(({ name }) =>
  `${REFERENCE}/samples/${name}`
);
for (
  const file of [
    ...samples,
    `${ROOT}tests/fixtures/flowset_page.yaml`,
    `${ROOT}examples/assistants.yaml`,
  ]
) {
  Deno.test(`${file.slice(ROOT.length)} applies, and nothing of it is dropped`, async () => {
    const { stderr } = await cluster.kubectl(["apply", "--validate=strict", "-f", file]);
    assert.equal(stderr, "");
  });
}

Deno.test("both spellings of references are kept", async () => {
  const refs = [{ name: "a" }, { name: "b" }];
  const spellings = [
    { promptRefs: refs, toolRefs: refs },
    { prompts: refs.map((promptRef) => ({ promptRef })), tools: refs },
  ];
  for (const spelling of spellings) {
    const { status, answer } = await dryRun(objectOf("Flow", spelling));
    assert.equal(status, 201, answer.message);
    assert.deepEqual({ ...answer.spec, ...spelling }, answer.spec);
  }
});

for (const [object, field, message] of BROKEN_OBJECTS) {
  Deno.test(`refused: ${object.kind} "${object.metadata.name}", ${field}: ${message}`, async () => {
    const { status, answer } = await dryRun(object);
    assert.equal(status, 422, JSON.stringify(answer));
    const causes: { field: string; message: string }[] = answer.details.causes;
    // The API server has no field for a rule of the whole object, as those of names are.
    const told = /^(metadata\.|$)/.test(field) ? "<nil>" : field;
    assert.deepEqual(causes.map((cause) => cause.field), [told]);
    assert.ok(causes[0]!.message.includes(message), causes[0]!.message);
  });
}

Deno.test("every rule of the CRDs refuses an object of this test", () => {
  const rules = schemas.flatMap(({ kind, schema }) =>
    [...nodes(schema, kind)].flatMap(([, node]) =>
      (node["x-kubernetes-validations"] ?? []).map(({ message }) => ({ kind, message }))
    )
  );
  assert.ok(rules.length > 0, "the rules were found");
  const untested = rules.filter(({ kind, message }) =>
    !BROKEN_OBJECTS.some(([object, , begin]) => object.kind === kind && message.startsWith(begin))
  );
  assert.deepEqual(untested, []);
});

const defaulted = Promise.all(SPARSE_OBJECTS.map(dryRun));

for (const { kind, schema } of schemas) {
  for (const [path, node] of nodes(schema, kind)) {
    if (node.default === undefined) continue;
    // A rule demands this name, so that the default never stays.
    if (path.endsWith(".auth.apiKeys.secretRef.name")) continue;
    Deno.test(`left out, ${path} becomes ${JSON.stringify(node.default)}`, async () => {
      const objects = (await defaulted).filter((_, index) => SPARSE_OBJECTS[index]!.kind === kind)
        .map(({ status, answer }) => {
          assert.equal(status, 201, answer.message);
          return answer;
        });
      const values = objects.flatMap((object) => valuesAt(object, path.split(".").slice(1)));
      // The sparse objects set no value that has a default, but for names that a rule demands.
      assert.ok(
        values.some((value) => JSON.stringify(value) === JSON.stringify(node.default)),
        `${JSON.stringify(values)} has no ${JSON.stringify(node.default)}`,
      );
    });
  }
}

Deno.test("over the CRDs of genkit-operator 0.5.0, ours replace theirs and keep its objects", async () => {
  await using old = await startControlPlane();
  const { kubectl } = old;
  // As Helm and others install them: another manager has the fields.
  const theirs = ["--field-manager=helm", "-f", `${REFERENCE}/crds`];
  await kubectl(["apply", "--server-side", ...theirs]);
  await untilServed(old);
  await kubectl(["apply", "-f", `${REFERENCE}/samples`]);
  const objects = async () => {
    const { stdout } = await kubectl([
      "get",
      // FlowSource is ours alone.
      Object.values(customKinds).map(({ plural }) => plural)
        .filter((plural) => plural !== "flowsources").join(),
      "-o",
      "json",
    ]);
    return JSON.parse(stdout).items;
  };
  const before = await objects();
  assert.ok(before.length >= samples.length);

  await kubectl(["apply", "--server-side", "--force-conflicts", "-f", OURS]);
  await kubectl(ESTABLISHED);
  assert.deepEqual(await objects(), before);
  assert.deepEqual(await versionsOf(old), await versionsOf(cluster));
});

/** The versions of all CRDs, as the API server has them. */
async function versionsOf({ kubectl }: Pick<typeof cluster, "kubectl">): Promise<unknown[]> {
  const { stdout } = await kubectl(["get", "crd", "-o", "json"]);
  return JSON.parse(stdout).items.map((crd: { spec: { versions: unknown } }) => crd.spec.versions);
}

/** Each part of a schema with its path, such as `Flow.spec.env[].name`. */
function* nodes(schema: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* nodes(field, `${path}.${name}`);
  }
  if (schema.items) yield* nodes(schema.items, `${path}[]`);
}

/** The values at a path; `[]` after a field's name stands for each entry of its list. */
function valuesAt(value: unknown, [first, ...rest]: string[]): unknown[] {
  if (first === undefined) return [value];
  const name = first.replace("[]", "");
  const field = (value as Record<string, unknown> | undefined)?.[name];
  if (field === undefined) return [];
  return (first.endsWith("[]") ? field as unknown[] : [field])
    .flatMap((entry) => valuesAt(entry, rest));
}
