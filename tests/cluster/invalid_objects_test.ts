/**
 * Objects that were written before a rule: the API server keeps them, and the operator says of them,
 * and of what refers to them, what is wrong.
 */
import assert from "assert";
import { parse } from "yaml";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import type { StructuralSchema } from "../../shared/api/structural_schema.ts";
import { objectOf } from "../unit/api/objects.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const apiVersion = "genkit.dev/v1alpha1";
const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;

type Kind = "Flow" | "Model" | "Tool";
type Spec = Record<string, unknown>;

const named = (name: string) => ({ name });
const model = { provider: "ollama", model: "llama", pluginConfigRef: named("ollama") };
const flow = { image: "genkitd:1", promptRefs: [named("hello")] };
const tool = (target: string) => ({
  definition: named("ask"),
  implementation: { flowRef: named(target) },
});

/** An object that no rule lets in, what is said of it, and one that refers to it. */
interface Case {
  what: string;
  kind: Kind;
  name: string;
  broken: Spec;
  mended: Spec;
  fault: RegExp;
  referrer: { kind: Kind; name: string; spec: Spec };
  reference: string;
}

const cases: Case[] = [
  {
    what: "whose text is too short",
    kind: "Model",
    name: "short",
    broken: { ...model, provider: "" },
    mended: model,
    fault: /spec\.provider: is empty, should not be$/,
    referrer: { kind: "Flow", name: "of-short", spec: { ...flow, modelRef: named("short") } },
    reference: "spec.modelRef.name",
  },
  {
    what: "that lacks a field",
    kind: "Model",
    name: "less",
    broken: { ...model, model: undefined },
    mended: model,
    fault: /spec\.model: is missing/,
    referrer: { kind: "Flow", name: "of-less", spec: { ...flow, modelRef: named("less") } },
    reference: "spec.modelRef.name",
  },
  {
    what: "that has two fields of which one is meant",
    kind: "Flow",
    name: "both",
    broken: { ...flow, modelRef: named("short"), modelSpec: model },
    mended: { ...flow, modelSpec: model },
    fault: /modelRef and modelSpec are both set, should be one of them/,
    referrer: { kind: "Tool", name: "of-both", spec: tool("both") },
    reference: "spec.implementation.flowRef.name",
  },
];

Deno.test("operator: objects that are older than a rule", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { plane, cluster, at } = operated;
  const put = ({ kind, name }: { kind: Kind; name: string }, spec: Spec) => {
    const { metadata, ...object } = objectOf(kind, spec, name);
    const placed: KubernetesObject = { ...object, metadata: { ...metadata, ...at(name) } };
    return cluster.api.apply(customKinds[kind], placed, { fieldManager: "test", force: true });
  };
  const install = async (change: (crd: Crd) => Crd) => {
    const files = ["models", "flows"].map((plural) => `${CRDS}/genkit.dev_${plural}.yaml`);
    const input = files.map((file) => change(parse(Deno.readTextFileSync(file))));
    await plane.kubectl(["apply", "--server-side", "-f", "-"], { input });
  };
  await operated.apply([
    objectOf("PluginConfig", { type: "ollama" }, "ollama"),
    objectOf("Prompt", { content: "Hello {{name}}" }, "hello"),
  ]);
  /** Waits until the API server holds to the CRDs as they are now: some time after they were put. */
  const holds = async (refused: boolean) => {
    for (const { kind, broken } of cases) {
      const path = `/apis/${apiVersion}/namespaces/${operated.namespace}/${
        customKinds[kind].plural
      }`;
      for (let isRefused = !refused; isRefused !== refused;) {
        const { status } = await plane.fetch(`${path}?dryRun=All`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(objectOf(kind, broken, "another")),
        });
        assert.ok([201, 422].includes(status), `${status}`);
        isRefused = status === 422;
      }
    }
  };
  await install(withoutRules);
  await holds(false);
  for (const each of cases) {
    await put(each, each.broken);
    await put(each.referrer, each.referrer.spec);
  }
  await install((crd) => crd);
  await holds(true);
  await operated.operate();

  for (const { what, kind, name, mended, fault, referrer, reference } of cases) {
    await t.step(`a ${kind} ${what}: its own status says so`, async () => {
      const resource = customKinds[kind];
      const object = await cluster.until(resource, at(name), (it) => ifTrue(it, "Stalled"));
      const { status, reason, message } = condition(object, "Ready")!;
      assert.deepEqual([status, reason], ["False", "InvalidSpec"]);
      assert.ok(message.startsWith(`${kind} "${name}": spec`), message);
      assert.match(message, fault);
    });

    await t.step(`a ${kind} ${what}: what refers to it does not call it missing`, async () => {
      const resource = customKinds[referrer.kind];
      const said = await cluster.until(resource, at(referrer.name), (it) => condition(it, "Ready"));
      assert.equal(said.reason, "InvalidDependency");
      const start =
        `${referrer.kind} "${referrer.name}": ${reference}: ${kind} "${name}" is not valid: `;
      assert.ok(said.message.startsWith(start), said.message);
      assert.match(said.message, fault);
    });

    await t.step(`a ${kind} ${what}: mended, both are well`, async () => {
      await put({ kind, name }, mended);
      for (const { kind: of, name: each } of [{ kind, name }, referrer]) {
        await cluster.until(customKinds[of], at(each), (it) => ifTrue(it, "Ready"));
      }
    });
  }
});

/** A CustomResourceDefinition, as far as the test looks into it. */
interface Crd {
  spec: { versions: { schema: { openAPIV3Schema: StructuralSchema } }[] };
}

/** A CRD with fewer rules for a spec. */
function withoutRules(crd: Crd): Crd {
  const root = crd.spec.versions[0]!.schema.openAPIV3Schema;
  const rules = ["minLength", "x-kubernetes-validations"];
  const { required: _, ...spec } = root.properties!.spec!;
  const text = JSON.stringify(spec, (key, value) => rules.includes(key) ? undefined : value);
  root.properties!.spec = JSON.parse(text);
  return crd;
}
