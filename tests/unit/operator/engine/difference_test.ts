import assert from "assert";
import { difference } from "../../../../operator/engine/difference.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";

const metadata = { name: "x", namespace: "demo", labels: { app: "a" } };
const container = { name: "flow", image: "i:1", env: [{ name: "PORT", value: "8080" }] };
const wanted: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata,
  spec: {
    replicas: 2,
    template: { spec: { containers: [container], tolerations: [{ key: "a" }] } },
  },
};

/** What the API server keeps of `wanted`: with defaults, and the fields of each manager. */
function live(change: (object: KubernetesObject) => void = () => {}): KubernetesObject {
  const object: KubernetesObject = structuredClone(wanted);
  Object.assign(object.spec as object, { paused: undefined, revisionHistoryLimit: 10 });
  containers(object)[0]!.terminationMessagePath = "/dev/termination-log";
  object.metadata.uid = "1";
  object.metadata.managedFields = [{
    manager: "genkit-operator",
    operation: "Apply",
    fieldsV1: {
      "f:metadata": { "f:labels": { "f:app": {} } },
      "f:spec": {
        "f:replicas": {},
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"flow"}': {
                ".": {},
                "f:name": {},
                "f:image": {},
                "f:env": { 'k:{"name":"PORT"}': { ".": {}, "f:name": {}, "f:value": {} } },
              },
            },
            "f:tolerations": {},
          },
        },
      },
    },
  }];
  change(object);
  return object;
}

// deno-lint-ignore no-explicit-any -- tests reach into objects that have no type
type Loose = any;
const spec = (object: KubernetesObject): Loose => (object.spec as Loose).template.spec;
const containers = (object: KubernetesObject): Loose[] => spec(object).containers;
const fields = (object: KubernetesObject): Loose => object.metadata.managedFields![0]!.fieldsV1;

const cases: [string, (live: KubernetesObject) => void, string[]][] = [
  ["nothing, though the API server added defaults", () => {}, []],
  ["a value that somebody changed", (o) => (o.spec as Loose).replicas = 5, ["spec.replicas"]],
  [
    "a value in a list with keys",
    (o) => containers(o)[0].image = "i:2",
    ["spec.template.spec.containers[flow].image"],
  ],
  [
    "a field that is ours no more, though its value is the same",
    (o) => delete fields(o)["f:spec"]["f:replicas"],
    ["spec.replicas"],
  ],
  [
    "a field that we had and do not want",
    (o) => fields(o)["f:spec"]["f:minReadySeconds"] = {},
    ["spec.minReadySeconds"],
  ],
  [
    "an entry that we had and do not want",
    (o) => fields(o)["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"old"}'] = {},
    ["spec.template.spec.containers[old]"],
  ],
  [
    "an entry that is gone",
    (o) => {
      containers(o).pop();
      delete fields(o)["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"flow"}'];
    },
    ["spec.template.spec.containers"],
  ],
  [
    "nothing, though somebody added an entry and a field",
    (o) => {
      containers(o).push({ name: "sidecar" });
      containers(o)[0].tty = true;
      o.metadata.labels!.team = "b";
    },
    [],
  ],
  [
    "an atomic list, by any change",
    (o) => spec(o).tolerations.push({ key: "b" }),
    ["spec.template.spec.tolerations"],
  ],
  [
    "everything, where we applied nothing yet",
    (o) => o.metadata.managedFields![0]!.manager = "kubectl",
    ["managedFields"],
  ],
  [
    "everything, where we only wrote the status",
    (o) => o.metadata.managedFields![0]!.subresource = "status",
    ["managedFields"],
  ],
];

for (const [name, change, expected] of cases) {
  Deno.test(`difference: ${name}`, () =>
    assert.deepEqual(difference(wanted, live(change), "genkit-operator"), expected));
}

Deno.test("difference: a quantity may be written in another way", () => {
  const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
  const desired = structuredClone(wanted);
  Object.assign(containers(desired)[0], resources("0.1"));
  const own = (o: KubernetesObject) =>
    fields(o)["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"flow"}'][
      "f:resources"
    ] = { "f:requests": { "f:cpu": {} } };
  const at = (cpu: string) =>
    difference(
      desired,
      live((o) => {
        Object.assign(containers(o)[0], resources(cpu));
        own(o);
      }),
      "genkit-operator",
    );
  assert.deepEqual(at("100m"), []);
  assert.deepEqual(at("200m"), ["spec.template.spec.containers[flow].resources.requests.cpu"]);
});

Deno.test("difference: the order of variables counts, as one may refer to those before it", () => {
  const desired = structuredClone(wanted);
  containers(desired)[0].env = [{ name: "BASE", value: "/d" }, { name: "HOME", value: "$(BASE)" }];
  const at = (...names: string[]) =>
    difference(
      desired,
      live((o) => {
        const env: Loose[] = containers(desired)[0].env;
        containers(o)[0].env = names.map((name) =>
          env.find((variable) => variable.name === name) ?? { name }
        );
        fields(o)["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"flow"}']["f:env"] =
          Object.fromEntries(env.map(({ name }) => [
            `k:{"name":"${name}"}`,
            { ".": {}, "f:name": {}, "f:value": {} },
          ]));
      }),
      "genkit-operator",
    );
  assert.deepEqual(at("BASE", "HOME"), []);
  assert.deepEqual(at("BASE", "SIDECAR", "HOME"), []);
  assert.deepEqual(at("HOME", "BASE"), ["spec.template.spec.containers[flow].env"]);
});

Deno.test("difference: defaults inside what is owned as a whole count for nothing", () => {
  const desired: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "x" },
    spec: { fieldRef: { fieldPath: "metadata.name" }, token: { path: "token" } },
  };
  const at = (spec: Record<string, unknown>) =>
    difference(desired, {
      ...desired,
      metadata: {
        name: "x",
        managedFields: [{
          manager: "genkit-operator",
          operation: "Apply",
          fieldsV1: { "f:spec": { "f:fieldRef": {}, "f:token": {} } },
        }],
      },
      spec,
    }, "genkit-operator");
  const fieldRef = { fieldPath: "metadata.name", apiVersion: "v1" };
  const token = { path: "token", expirationSeconds: 3600 };
  assert.deepEqual(at({ fieldRef, token }), []);
  assert.deepEqual(at({ fieldRef, token: { ...token, expirationSeconds: 60 } }), [
    "spec.token.expirationSeconds",
  ]);
});
