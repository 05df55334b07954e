import assert from "assert";
import { buildInputs } from "../../../shared/sources/build_inputs.ts";

const CHART = "apiVersion: v2\nname: flows\nversion: 0.1.0\n";
const TEMPLATE = "kind: Flow\nmetadata: {name: {{ .name }}}\n";
const FLOW = "apiVersion: genkit.dev/v1alpha1\nkind: Flow\nmetadata: {name: a}\n";

function passed(files: Record<string, string>): [files: string[], notes: string[]] {
  const found = buildInputs(new Map(Object.entries(files)));
  return [
    [...found.files].sort(),
    found.notes.map(({ file, message }) => `${file}: ${message}`),
  ];
}

Deno.test("a Helm chart's templates and values are no objects; what stands beside them may be", () => {
  const [files, notes] = passed({
    "c/Chart.yaml": CHART,
    "c/values.yaml": "replicas: 2",
    "c/values.schema.json": "{}",
    "c/ci/small-values.yaml": "kind: small",
    "c/files/rules.yaml": "groups: []",
    "c/templates/flow.yaml": TEMPLATE,
    "c/templates/more/flow.yaml": TEMPLATE,
    "c/crds/widget.yaml": FLOW,
    "c/examples/flow.yaml": FLOW,
    "c/examples/flow.json": '{"kind":"Flow"}',
    "templates/flow.yaml": FLOW,
  });
  assert.deepEqual(files, [
    "c/Chart.yaml",
    "c/ci/small-values.yaml",
    "c/files/rules.yaml",
    "c/templates/flow.yaml",
    "c/templates/more/flow.yaml",
    "c/values.schema.json",
    "c/values.yaml",
  ]);
  assert.deepEqual(notes, [
    "c/Chart.yaml: 2 files are passed over that this Helm chart makes objects of; check those: " +
    "helm template c | genkitd lint -",
  ]);
});

Deno.test("a chart in the folder that is named is found too, and one of a source elsewhere", () => {
  const [, [here]] = passed({ "Chart.yaml": CHART, "templates/a.yaml": TEMPLATE });
  assert.match(here!, /: helm template \. \| /);
  const [files, [there]] = passed({
    "https://git.test/r//c/Chart.yaml": CHART,
    "https://git.test/r//c/templates/a.yaml": TEMPLATE,
    "c/templates/a.yaml": FLOW,
  });
  assert.equal(files.length, 2);
  assert.ok(!files.includes("c/templates/a.yaml"));
  assert.match(there!, /: helm template CHART \| /);
});

Deno.test("a template that is read without its Chart.yaml is read, and one beside an object of that name", () => {
  assert.deepEqual(passed({ "c/templates/flow.yaml": FLOW }), [[], []]);
  assert.deepEqual(passed({ "c/Chart.yaml": FLOW, "c/templates/flow.yaml": FLOW }), [[], []]);
});

Deno.test("what a kustomization takes as patches or inputs is passed over; its resources are not", () => {
  const [files, notes] = passed({
    "k/prod/kustomization.yaml": `
resources: [../base, model.yaml, ./both.yaml]
components: [../part]
patches:
  - path: replicas.yaml
  - path: ops.json
    target: {kind: Flow}
  - patch: "[]"
  - path: both.yaml
patchesStrategicMerge: [../shared/./old.yaml, "kind: Flow"]
patchesJson6902: [{path: six.yaml, target: {}}]
replacements: [{path: swap.yaml}]
configurations: [names.yaml]
openapi: {path: schema.json}
configMapGenerator: [{name: a, files: [plain.json, key=other.json]}]
helmCharts: [{name: c, valuesFile: c.yaml, additionalValuesFiles: [d.yaml]}]
`,
    "k/part/kustomization.yml":
      "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]",
    ...Object.fromEntries(
      [
        ...["model", "both", "replicas", "six", "swap", "names", "c", "d", "beside"]
          .map((name) => `k/prod/${name}.yaml`),
        ...["ops", "schema", "plain", "other"].map((name) => `k/prod/${name}.json`),
        ...["k/shared/old.yaml", "k/part/p.yaml", "k/base/p.yaml"],
      ].map((file) => [file, FLOW]),
    ),
  });
  assert.deepEqual(files, [
    "k/part/kustomization.yml",
    "k/part/p.yaml",
    ...["c.yaml", "d.yaml", "kustomization.yaml", "names.yaml", "ops.json", "other.json"]
      .map((name) => `k/prod/${name}`),
    ...["plain.json", "replicas.yaml", "schema.json", "six.yaml", "swap.yaml"]
      .map((name) => `k/prod/${name}`),
    "k/shared/old.yaml",
  ]);
  assert.deepEqual(notes, [
    "k/prod/kustomization.yaml: 11 files are passed over that this kustomization takes as " +
    "patches or inputs; check what it makes: kustomize build k/prod | genkitd lint -",
    "k/part/kustomization.yml: 1 file is passed over that this kustomization takes as " +
    "patches or inputs; check what is made of this component, by those who use it",
  ]);
});

Deno.test("a kustomization of resources alone needs no note; one of Flux or a broken one is read", () => {
  assert.deepEqual(passed({ "kustomization.yaml": "resources: [a.yaml]", "a.yaml": FLOW }), [
    ["kustomization.yaml"],
    [],
  ]);
  const flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\npatches: []";
  assert.deepEqual(passed({ "kustomization.yaml": flux }), [[], []]);
  assert.deepEqual(passed({ "kustomization.yaml": "patches: [", "a.yaml": FLOW }), [[], []]);
});

Deno.test("the configuration of serve is no object, and nobody needs to hear of it", () => {
  const config = "# yaml-language-server: $schema=…\nsources: [{ filesystem: { paths: [.] } }]\n";
  assert.deepEqual(
    passed({
      "genkitd.yaml": config,
      "conf/genkitd.yml": "listen: { port: 8080 }\n",
      "other/genkitd.yaml": `{ ${FLOW.trimEnd().replaceAll("\n", ", ")} }`,
      "team//genkitd.yaml": config,
      "flows/genkitd.yaml": FLOW,
      "config.yaml": config,
    }),
    [["conf/genkitd.yml", "genkitd.yaml", "team//genkitd.yaml"], []],
  );
});
