/** What the operator says of objects with faults is what docs/troubleshooting.md says that it says. */
import assert from "assert";
import { KIND_REASONS, type KindReasons } from "../../../operator/kind_reasons.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import type { Condition } from "../../../shared/api/condition.ts";
import type { Reason } from "../../../shared/reason.ts";
import { toldConditions } from "../../../tasks/reference/told_conditions.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { startMemoryOperator } from "./memory_operator.ts";

const page = await Deno.readTextFile(new URL("../../../docs/troubleshooting.md", import.meta.url));

/** The messages that the page has of a reason, with any names, numbers, kinds and fields in them. */
function messagesOf(reason: Reason): RegExp[] {
  const section = new RegExp(`^### ${reason}\n(.*?)^##`, "ms").exec(page)![1]!;
  const forms = /\*\*Message\*\*:(.*?)(?=\n- |\n\n|$)/s.exec(section)?.[1] ?? "";
  const any = new Map([['"', '"[^"]*"'], ["…", ".*"], ["s", "spec[\\w.[\\]]*"], [
    "k",
    "[A-Z]\\w+ ",
  ]]);
  return [...forms.matchAll(/`([^`]+)`/gs)].map(([, form]) => {
    const parts = form!.replaceAll(/\s+/g, " ")
      .split(/("[^"]*"|\d+|…|\bspec\.[\w.]+|(?:Model|Prompt|Flow|PluginConfig|Secret) (?="))/);
    const text = parts.map((part, index) =>
      index % 2 === 0 ? RegExp.escape(part) : any.get(part[0]!.replace(/[A-Z]/, "k")) ?? "\\d+"
    );
    return new RegExp(`^${text.join("")}`, "s");
  });
}

const config = { provider: "ollama", model: "m", pluginConfigRef: { name: "ollama" } };
const flow = { image: "i:1", modelSpec: config, promptRefs: [{ name: "hello" }] };
const prompts = (name: string) => [{ promptRef: { name } }];

/** Objects that are well, for others to refer to. */
const WELL: [kind: string, name: string, spec: object][] = [
  ["PluginConfig", "ollama", { type: "ollama" }],
  ["Prompt", "hello", { content: "Hello {{name}}" }],
];

const CASES: { of: [kind: keyof typeof KIND_REASONS, spec: object]; reason: Reason }[] = [
  { of: ["PluginConfig", { type: "acme" }], reason: "NotSupported" },
  {
    of: ["PluginConfig", { type: "googleai", credentialsRef: { name: "none" } }],
    reason: "MissingDependency",
  },
  {
    of: ["PluginConfig", { type: "googleai", credentialsRef: { name: "empty" } }],
    reason: "InvalidDependency",
  },
  { of: ["Model", config], reason: "Accepted" },
  { of: ["Model", { ...config, provider: "" }], reason: "InvalidSpec" },
  { of: ["Prompt", { content: "Hello {{name" }], reason: "InvalidSpec" },
  { of: ["Prompt", { content: "---\ntemperature: 1\n---\nHello" }], reason: "UnknownSetting" },
  {
    of: ["Tool", { definition: { name: "t" }, implementation: { flowRef: { name: "none" } } }],
    reason: "MissingDependency",
  },
  { of: ["Flow", flow], reason: "Progressing" },
  { of: ["Flow", { ...flow, image: undefined }], reason: "InvalidSpec" },
  {
    of: ["Flow", { ...flow, modelSpec: undefined, modelRef: { name: "main" } }],
    reason: "MissingDependency",
  },
  {
    of: ["Flow", { ...flow, env: [{ name: "PORT", value: "9000" }] }],
    reason: "PortMismatch",
  },
  {
    of: ["FlowSet", {
      image: "i:1",
      flows: [
        { name: "a", modelSpec: config, prompts: prompts("hello") },
        { name: "b", modelSpec: config, prompts: prompts("none") },
      ],
    }],
    reason: "FlowsNotReady",
  },
  { of: ["Dataset", { format: "json", source: {} }], reason: "InvalidSpec" },
];

for (const { of: [kind, spec], reason } of CASES) {
  Deno.test(`docs/troubleshooting.md: ${kind} with ${reason}, told as there`, async () => {
    const said = await conditionsOf(reason, [...WELL, [kind, "subject", spec]]);
    assertTold(kind, reason, said);
  });
}

Deno.test("docs/troubleshooting.md: Flow with NameTaken, told as there", async () => {
  const said = await conditionsOf("NameTaken", [...WELL, ["Flow", "subject", flow]], [{
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "subject", namespace: "demo" },
  }]);
  assertTold("Flow", "NameTaken", said);
});

function assertTold(kind: keyof typeof KIND_REASONS, reason: Reason, said: Condition[]) {
  const ready = said.find(({ type }) => type === "Ready")!;
  assert.equal(ready.reason, reason, ready.message);
  const told = said.filter(({ type }) => type !== "Degraded")
    .map(({ type, status }) => `${type}=${status}`).join(", ");
  const tellings = (KIND_REASONS[kind] as KindReasons)[reason]!;
  const known = tellings.map((telling) => toldConditions(reason, telling));
  assert(known.includes(told), `${told} is none of ${known.join("; ")}`);
  const forms = messagesOf(reason);
  if (forms.length === 0) return;
  assert(forms.some((form) => form.test(ready.message)), `${ready.message} is none of ${forms}`);
}

/** What the operator says of the last object, once it gives `reason`, or after a while. */
async function conditionsOf(
  reason: Reason,
  objects: [kind: string, name: string, spec: object][],
  others: KubernetesObject[] = [],
): Promise<Condition[]> {
  const cluster = new MemoryCluster();
  const operator = startMemoryOperator(cluster, new ManualClock(), () => 0);
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "empty", namespace: "demo" },
  };
  try {
    await operator.start();
    for (const other of [secret, ...others]) cluster.put(other as KubernetesObject);
    for (const [kind, name, spec] of objects) {
      const object: KubernetesObject = objectOf(kind, spec, name);
      cluster.put({ ...object, metadata: { ...object.metadata, namespace: "demo" } });
    }
    const [kind, name] = objects.at(-1)!;
    let conditions: Condition[] = [];
    for (let looks = 0; looks < 200; looks++) {
      await operator.idle();
      const { status } = cluster.find(kind, { namespace: "demo", name })!;
      ({ conditions = [] } = (status ?? {}) as { conditions?: Condition[] });
      if (conditions.some((each) => each.reason === reason)) break;
    }
    assert.deepEqual(operator.errors, []);
    assert(conditions.length > 0, "nothing is said");
    return conditions;
  } finally {
    await operator.stop();
  }
}
