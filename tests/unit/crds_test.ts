import assert from "assert";
import { customResourceDefinition } from "../../operator/crds.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { type StructuralSchema, structuralSchema } from "../../shared/api/structural_schema.ts";
import { generatedFiles, staleFiles } from "../../tasks/generate.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

Deno.test("the generated files are current", () => {
  assert.deepEqual(staleFiles(ROOT), [], "run deno task generate");
});

Deno.test("a file that is absent is stale", () => {
  const empty = Deno.makeTempDirSync();
  try {
    assert.deepEqual(staleFiles(empty), generatedFiles().map(({ path }) => path));
  } finally {
    Deno.removeSync(empty, { recursive: true });
  }
});

Deno.test("each of the nine kinds has a CRD file of less than 200 KiB", () => {
  const crds = generatedFiles().filter(({ path }) => path.startsWith("deploy/crds/"));
  assert.equal(crds.length, 9);
  for (const { path, content } of crds) {
    assert(new TextEncoder().encode(content).length < 200 * 1024, `${path} is too large`);
  }
});

for (const kind of Object.values(customKinds)) {
  const schema = customResourceDefinition(kind).spec.versions[0]!.schema.openAPIV3Schema;

  Deno.test(`the schema of ${kind.kind} is structural`, () => {
    for (const [path, node] of nodes(schema, kind.kind)) {
      for (const keyword of ["$ref", "oneOf", "allOf", "nullable", "const", "$schema"]) {
        assert(!(keyword in node), `${path} has ${keyword}`);
      }
      if (node["x-kubernetes-int-or-string"]) assert.equal(node.type, undefined, path);
      else if (!node["x-kubernetes-preserve-unknown-fields"]) assert(node.type, `${path}: no type`);
    }
    assert.deepEqual(schema.properties?.metadata, { type: "object" });
    assert.deepEqual(schema.required, ["spec"]);
  });

  Deno.test(`every field of ${kind.kind} is described, but for Kubernetes' own types`, () => {
    const kubernetesOwn = /\.(env|resources|imagePullSecrets)(\[\]|\.)|^\w+\.metadata/;
    for (const [path, node] of nodes(schema, kind.kind)) {
      if (kubernetesOwn.test(path) || /(\[\]|\.\*)$/.test(path)) continue;
      assert(node.description, `${path} has no description`);
    }
  });
}

Deno.test("what is checked in a list that a rule stands in is bounded", () => {
  for (const kind of Object.values(customKinds)) {
    for (const [path, node] of nodes(structuralSchema(kind.schema), kind.kind)) {
      const rules = [...nodes(node.items ?? {}, "")].some(([, inner]) =>
        "x-kubernetes-validations" in inner
      );
      if (rules) assert(node.maxItems, `${path} has no maxItems`);
    }
  }
});

function* nodes(
  schema: StructuralSchema,
  path: string,
): Generator<[path: string, node: StructuralSchema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield* nodes(field, `${path}.${name}`);
  }
  if (schema.items) yield* nodes(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* nodes(schema.additionalProperties, `${path}.*`);
}
