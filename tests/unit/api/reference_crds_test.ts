import assert from "assert";
import { parse } from "yaml";
import { customResourceDefinition } from "../../../operator/crds.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import type { StructuralSchema } from "../../../shared/api/structural_schema.ts";
import { schemaDifferences } from "./schema_differences.ts";

const FIXTURES = new URL("../../fixtures/genkit-operator-0.5/crds/", import.meta.url);

/** The fields that Flow and FlowSet have more than genkit-operator's. */
const ADDED = [
  "spec.affinity",
  "spec.autoscaling",
  "spec.credentialRotation",
  "spec.imagePullSecrets",
  "spec.networkPolicy",
  "spec.nodeSelector",
  "spec.podAnnotations",
  "spec.podDisruptionBudget",
  "spec.podLabels",
  "spec.podSecurityContext",
  "spec.priorityClassName",
  "spec.probes",
  "spec.progressDeadlineSeconds",
  "spec.requestTimeoutSeconds",
  "spec.securityContext",
  "spec.suspend",
  "spec.tolerations",
  "spec.topologySpreadConstraints",
  "spec.volumeMounts",
  "spec.volumes",
  "status.inputs",
  "status.lastRollout",
  "status.replicas",
  "status.selector",
].map((path) => `${path}: added`);

/** All that is different from genkit-operator 0.5.0's schemas. What is not listed is the same. */
const DIFFERENCES: Record<Exclude<keyof typeof customKinds, "FlowSource">, string[]> = {
  PluginConfig: [
    'spec: required ["type"], was ["credentialsRef","type"]',
  ],
  Model: ["spec.retry: added"],
  Prompt: [],
  Tool: [
    "spec.implementation.approval: added",
    "spec.implementation.http.headers: added",
    "spec.implementation.http.maxResponseBytes: added",
    "spec.implementation.http.retries: added",
    "spec.implementation.http.timeoutSeconds: added",
    "spec.implementation.mcp: added",
    "spec.implementation.onError: added",
    "spec.implementation: has rules",
  ],
  Flow: [
    ...ADDED,
    "the object: has rules",
    "spec: has rules",
    "spec.auth: added",
    "spec.cache: added",
    "spec.schedule: added",
    "spec.cors: added",
    "spec.entrypoint: added",
    "spec.limits: added",
    "spec.modelRef.name: maxLength 253, was undefined",
    "spec.modelSpec.retry: added",
    "spec.models: added",
    "spec.promptRefs: added",
    "spec.prompts: maxItems 64, was undefined",
    "spec.prompts[]: has rules",
    "spec.prompts[].promptRef.name: maxLength 253, was undefined",
    "spec.serviceAccountName: added",
    "spec.toolRefs: added",
    "spec.tools: maxItems 128, was undefined",
  ],
  FlowSet: [
    ...ADDED,
    "the object: has rules",
    "spec.flows: maxItems 128, was undefined",
    'spec.flows[]: required ["name"], was ["name","prompts"]',
    "spec.flows[]: has rules",
    "spec.flows[].auth: added",
    "spec.flows[].cache: added",
    "spec.flows[].schedule: added",
    "spec.flows[].cors: added",
    "spec.flows[].entrypoint: added",
    "spec.flows[].limits: added",
    "spec.flows[].modelRef.name: maxLength 253, was undefined",
    "spec.flows[].modelSpec.retry: added",
    "spec.flows[].models: added",
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

/** genkit-operator has no FlowSource. */
const { FlowSource: _, ...itsKinds } = customKinds;

for (const kind of Object.values(itsKinds)) {
  const reference = parse(
    Deno.readTextFileSync(new URL(`genkit.dev_${kind.plural}.yaml`, FIXTURES)),
  );
  const ours = customResourceDefinition(kind);
  const [referenceVersion] = reference.spec.versions;
  const [version] = ours.spec.versions;

  Deno.test(`the schema of ${kind.kind} is genkit-operator's with the listed differences`, () => {
    const before: StructuralSchema = referenceVersion.schema.openAPIV3Schema;
    const differences = schemaDifferences(before, version!.schema.openAPIV3Schema);
    assert.deepEqual(differences.sort(), DIFFERENCES[kind.kind].toSorted());
  });

  Deno.test(`${kind.kind} has genkit-operator's names, columns and subresources`, () => {
    const { schema: _, subresources: { scale, ...subresources }, ...versionRest } = version!;
    const { schema: __, ...referenceRest } = referenceVersion;
    assert.deepEqual({ ...versionRest, subresources }, referenceRest);
    // An addition: `kubectl scale`, and autoscalers that scale a Flow itself.
    assert.equal(scale !== undefined, kind.kind === "Flow" || kind.kind === "FlowSet");
    const { categories: ___, ...names } = ours.spec.names;
    assert.deepEqual(names, reference.spec.names);
    assert.equal(ours.spec.group, reference.spec.group);
    assert.equal(ours.spec.scope, reference.spec.scope);
    assert.equal(ours.metadata.name, reference.metadata.name);
  });
}
