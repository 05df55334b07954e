/** The chart makes the objects that the overlays and components make, by the values of install.md. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { createHelm } from "./helm.ts";
import { type Kustomization, kustomize, readObjects } from "./kustomize.ts";

const CHART = `${ROOT}deploy/chart`;
const home = await Deno.makeTempDir({ prefix: "genkitd-chart-" });
const helm = await createHelm({ folder: home });

Deno.test.afterAll(() => Deno.remove(home, { recursive: true }));

/** All that an object of the chart may have and one of the overlays has not. */
const HELM_LABELS = [
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
  "app.kubernetes.io/name",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
  "helm.sh/chart",
];
const HELM_ANNOTATIONS = ["helm.sh/resource-policy"];

/** The flags of helm that stand for an overlay or a component, by its name. */
const flags = new Map(
  [
    ...Deno.readTextFileSync(`${ROOT}docs/install.md`)
      .matchAll(
        /^\| deploy\/(?:overlays|components)\/(\S+) +\| `(--set [^`]+)`|^\| deploy\/overlays\/(cluster-wide) +\| nothing/gm,
      ),
  ]
    .map(([, name, set, plain]) => [(name ?? plain)!, set?.split(" ") ?? []]),
);

const cases: { overlay: string; components?: string[] }[] = [
  { overlay: "cluster-wide" },
  { overlay: "high-availability" },
  { overlay: "development" },
  { overlay: "namespaced" },
  { overlay: "cluster-wide", components: ["monitoring"] },
  { overlay: "cluster-wide", components: ["metrics-auth"] },
  { overlay: "high-availability", components: ["monitoring", "metrics-auth"] },
  { overlay: "development", components: ["high-availability"] },
  { overlay: "namespaced", components: ["legacy-lease"] },
  {
    overlay: "namespaced",
    components: ["legacy-lease", "high-availability", "monitoring-namespaced", "metrics-auth"],
  },
];

for (const { overlay, components = [] } of cases) {
  Deno.test(`the chart is ${[overlay, ...components].join(" with ")}`, async () => {
    const namespace = overlay === "namespaced" ? "genkit" : "genkitd-system";
    const kustomization: Kustomization = {
      namespace,
      resources: [`overlays/${overlay}`],
      components: components.map((name) => `components/${name}`),
    };
    const wanted = await kustomize(kustomization);
    const set = [overlay, ...components].flatMap((name) => flags.get(name) ?? assert.fail(name));
    const rendered = await helm(["template", "any", CHART, "--namespace", namespace, ...set]);
    const made = readObjects(rendered.stdout);
    const byKey = new Map(made.map((object) => [keyOf(object, namespace), object]));
    assert.deepEqual(
      [...byKey.keys()].sort(),
      // `helm install --create-namespace` makes the namespace.
      wanted.filter(({ kind }) => kind !== "Namespace").map((object) => keyOf(object)).sort(),
    );
    for (const object of wanted.filter(({ kind }) => kind !== "Namespace")) {
      const key = keyOf(object);
      assert.deepEqual(likeOverlay(byKey.get(key)!, object, namespace), object, key);
    }
  });
}

Deno.test("the chart renders the same each time, and asks no cluster", async () => {
  const render = () => helm(["template", "any", CHART, "--namespace", "genkitd-system"]);
  assert.equal((await render()).stdout, (await render()).stdout);
  for (const { name } of Deno.readDirSync(`${CHART}/templates`)) {
    const text = Deno.readTextFileSync(`${CHART}/templates/${name}`);
    assert.doesNotMatch(text, /\b(lookup|rand\w+|uuidv4|now|gen[A-Z]\w+)\b/, name);
  }
});

/** Two namespaces' releases need names of their own for what is of the cluster. */
function nameOf({ kind, metadata: { name } }: KubernetesObject, namespace: string): string {
  return kind.startsWith("Cluster") ? name.replace(RegExp(`-${namespace}$`), "") : name;
}

function keyOf(object: KubernetesObject, namespace = ""): string {
  return `${object.kind} ${object.metadata.namespace ?? ""}/${nameOf(object, namespace)}`;
}

/** Takes away what is Helm's own, where the overlay's object has not got it. */
function likeOverlay(
  object: KubernetesObject,
  wanted: KubernetesObject,
  namespace: string,
): KubernetesObject {
  const { labels, annotations, ...metadata } = object.metadata;
  const name = nameOf(object, namespace);
  const kept = without(labels, HELM_LABELS, wanted.metadata.labels);
  const notes = without(annotations, HELM_ANNOTATIONS, wanted.metadata.annotations);
  const roleRef = object.roleRef as { name: string } | undefined;
  return {
    ...object,
    ...roleRef && { roleRef: { ...roleRef, name: roleRef.name.replace(metadata.name, name) } },
    metadata: {
      ...metadata,
      name,
      ...kept && { labels: kept },
      ...notes && { annotations: notes },
    },
  };
}

function without(
  entries: Record<string, string> = {},
  names: string[],
  wanted: Record<string, string> = {},
): Record<string, string> | undefined {
  const left = Object.entries(entries)
    .filter(([name]) => !names.includes(name) || Object.hasOwn(wanted, name));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
