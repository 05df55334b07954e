import assert from "assert";
import { parse } from "yaml";
import { customResourceDefinition } from "../../../operator/crds.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import type { StructuralSchema } from "../../../shared/api/structural_schema.ts";
import { schemaDifferences } from "./schema_differences.ts";

const FIXTURES = new URL("../../fixtures/genkit-operator-0.5/crds/", import.meta.url);

/** All that is different from genkit-operator 0.5.0's schemas. What is not listed is the same. */
const DIFFERENCES: Record<keyof typeof customKinds, string[]> = {
  PluginConfig: [
    'spec: required ["type"], was ["credentialsRef","type"]',
  ],
  Model: [],
  Prompt: [],
  Tool: [],
  Flow: [
    "the object: has rules",
    "spec: has rules",
    "spec.entrypoint: added",
    "spec.modelRef.name: maxLength 253, was undefined",
    "spec.promptRefs: added",
    "spec.prompts: maxItems 64, was undefined",
    "spec.prompts[]: has rules",
    "spec.prompts[].promptRef.name: maxLength 253, was undefined",
    "spec.serviceAccountName: added",
    "spec.toolRefs: added",
    "spec.tools: maxItems 128, was undefined",
  ],
  FlowSet: [
    "the object: has rules",
    "spec.flows: maxItems 128, was undefined",
    'spec.flows[]: required ["name"], was ["name","prompts"]',
    "spec.flows[]: has rules",
    "spec.flows[].entrypoint: added",
    "spec.flows[].modelRef.name: maxLength 253, was undefined",
    "spec.flows[].name: maxLength 63, was undefined",
    "spec.flows[].promptRefs: added",
    "spec.flows[].prompts: maxItems 64, was undefined",
    "spec.flows[].prompts[]: has rules",
    "spec.flows[].prompts[].promptRef.name: maxLength 253, was undefined",
    "spec.flows[].toolRefs: added",
    "spec.flows[].tools: maxItems 128, was undefined",
    "spec.serviceAccountName: added",
  ],
  Dataset: [],
  Eval: [],
};

for (const kind of Object.values(customKinds)) {
  const reference = parse(
    Deno.readTextFileSync(new URL(`genkit.dev_${kind.plural}.yaml`, FIXTURES)),
  );
  const ours = customResourceDefinition(kind);
  const [referenceVersion] = reference.spec.versions;
  const [version] = ours.spec.versions;

  Deno.test(`the schema of ${kind.kind} is genkit-operator's with the listed differences`, () => {
    const before: StructuralSchema = referenceVersion.schema.openAPIV3Schema;
    const differences = schemaDifferences(before, version!.schema.openAPIV3Schema);
    assert.deepEqual(differences, DIFFERENCES[kind.kind]);
  });

  Deno.test(`${kind.kind} has genkit-operator's names, columns and subresources`, () => {
    const { schema: _, ...versionRest } = version!;
    const { schema: __, ...referenceRest } = referenceVersion;
    assert.deepEqual(versionRest, referenceRest);
    const { categories: ___, ...names } = ours.spec.names;
    assert.deepEqual(names, reference.spec.names);
    assert.equal(ours.spec.group, reference.spec.group);
    assert.equal(ours.spec.scope, reference.spec.scope);
    assert.equal(ours.metadata.name, reference.metadata.name);
  });
}
