import assert from "assert";
import { planObjects } from "../../../../operator/sources/plan_objects.ts";
import { formatProblem } from "../../../../shared/sources/format_problem.ts";

const API = "apiVersion: genkit.dev/v1alpha1";

function plan(files: Record<string, string>, target = "demo") {
  const snapshot = { revision: "r1", files: new Map(Object.entries(files)), problems: [] };
  return planObjects(snapshot, { namespace: "demo", name: "flows" }, target);
}

const prompt = (metadata: string, content = "Hi") =>
  `${API}\nkind: Prompt\nmetadata: ${metadata}\nspec: {content: ${content}}\n`;

const problemsOf = (files: Record<string, string>) =>
  plan(files).problems.map((problem) => formatProblem(problem));

Deno.test("an object is given its namespace and the labels of its source, and no defaults", () => {
  const flow =
    `${API}\nkind: Flow\nmetadata: {name: a, labels: {team: x}}\nspec: {image: i, modelRef: {name: m}}\n`;
  assert.deepEqual(plan({ "a.yaml": flow }, "other").objects, [{
    apiVersion: "genkit.dev/v1alpha1",
    kind: "Flow",
    metadata: {
      name: "a",
      namespace: "other",
      labels: {
        team: "x",
        "genkit.dev/source": "flows",
        "genkit.dev/source-namespace": "demo",
      },
    },
    spec: { image: "i", modelRef: { name: "m" } },
  }]);
});

Deno.test("what a cluster says of an object is left out: status, owners, finalizers, versions", () => {
  const [object] = plan({
    "a.yaml": `${
      prompt("{name: a, uid: u, resourceVersion: '1', finalizers: [x], ownerReferences: []}")
    }status: {phase: x}\n`,
  }).objects;
  assert.deepEqual(Object.keys(object!).sort(), ["apiVersion", "kind", "metadata", "spec"]);
  assert.deepEqual(Object.keys(object!.metadata).sort(), ["labels", "name", "namespace"]);
});

Deno.test("what others refer to goes first", () => {
  const of = (kind: string, spec: string) =>
    `${API}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n---\n`;
  const file = of("Flow", "{image: i, modelRef: {name: m}}") + of("Prompt", "{content: Hi}") +
    of("PluginConfig", "{type: echo}");
  assert.deepEqual(plan({ "a.yaml": file }).objects.map(({ kind }) => kind), [
    "PluginConfig",
    "Prompt",
    "Flow",
  ]);
});

Deno.test("a file that an object refers to is put into it, and is no object itself", () => {
  const planned = (path: string) =>
    planObjects(
      {
        revision: "r1",
        files: new Map([
          ["a.yaml", prompt("{name: a}", `{ $resource: ${path} }`)],
          ["prompts/a.prompt", "---\nmodel: x\n---\nHi {{name}}"],
        ]),
        resources: new Set(["prompts/a.prompt"]),
        problems: [],
      },
      { namespace: "demo", name: "flows" },
      "demo",
    );
  const { objects: [object], problems } = planned("prompts/a.prompt");
  assert.deepEqual(problems, []);
  assert.deepEqual(object?.spec, { content: "---\nmodel: x\n---\nHi {{name}}" });
  const missing = planned("prompts/b.prompt");
  assert.deepEqual(missing.objects, []);
  assert.match(
    missing.problems[0]!.message,
    /refers to the file "prompts\/b\.prompt", which is not/,
  );
});

const REFUSED: [title: string, file: string, problem: RegExp][] = [
  ["no YAML", "a: [", /^a\.yaml:1:\d+: /],
  [
    "an object that its kind does not take",
    prompt("{name: a}", "1"),
    /^a\.yaml:4:\d+: Prompt "a": spec\.content: /,
  ],
  [
    "another namespace",
    prompt("{name: a, namespace: kube-system}"),
    /^a\.yaml:3:\d+: Prompt "a": metadata\.namespace: is "kube-system", should be "demo" or left out$/,
  ],
  ["no name", prompt("{generateName: a}"), /^a\.yaml:3:\d+: Prompt "": metadata\.name: is missing/],
  [
    "one object twice",
    `${prompt("{name: a}")}---\n${prompt("{name: a}")}`,
    /^a\.yaml:6:1: Prompt "default\/a" is defined twice; the other is at a\.yaml:1:1$/,
  ],
  [
    "one object with its namespace and without",
    `${prompt("{name: a}")}---\n${prompt("{name: a, namespace: demo}")}`,
    /^Prompt "a": is defined twice, with its namespace and without$/,
  ],
  [
    "one that lost its apiVersion",
    prompt("{name: a}").replace(/^apiVersion.*\n/m, ""),
    /^a\.yaml:1:1: Prompt "a": apiVersion: is missing/,
  ],
  [
    "one that lost its kind",
    prompt("{name: a}").replace(/^kind.*\n/m, ""),
    /^a\.yaml:1:1: Object "a": kind: is missing/,
  ],
  [
    "an unknown kind",
    `${API}\nkind: Promt\nmetadata: {name: a}\n`,
    /should be one of .*did you mean "Prompt"/,
  ],
];

for (const [title, file, problem] of REFUSED) {
  Deno.test(`${title} is a problem, and does not hold up other files`, () => {
    const found = plan({ "a.yaml": file, "b.yaml": prompt("{name: b}") });
    assert.match(found.problems.map((each) => formatProblem(each)).join("\n"), problem);
    assert.ok(found.objects.some(({ metadata }) => metadata.name === "b"));
  });
}

Deno.test("a Secret, a FlowSource and kinds of others are named, and nothing of them is told", () => {
  const files = {
    "a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {a: hidden}\n",
    "b.yaml": `${API}\nkind: FlowSource\nmetadata: {name: more}\nspec: {}\n`,
    "c.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
  };
  const { objects, problems, skipped } = plan(files);
  assert.deepEqual({ objects, problems }, { objects: [], problems: [] });
  assert.deepEqual(skipped, [
    'Secret "key" (a.yaml:1)',
    'FlowSource "more" (b.yaml:1)',
    'Deployment "web" (c.yaml:1)',
  ]);
});

Deno.test("of many that are skipped, 20 are told", () => {
  const file = Array.from(
    { length: 30 },
    (_, i) => `apiVersion: v1\nkind: Pod\nmetadata: {name: p${i}}\n`,
  );
  const { skipped } = plan({ "a.yaml": file.join("---\n") });
  assert.equal(skipped.length, 20);
  assert.equal(skipped.at(-1), "and 11 more");
});

Deno.test("an unknown field is left out, with a warning", () => {
  const { objects, warnings } = plan({
    "a.yaml": `${prompt("{name: a}").trimEnd().slice(0, -1)}, contnt: x}\n`,
  });
  assert.deepEqual(objects[0]!.spec, { content: "Hi" });
  assert.match(
    formatProblem(warnings[0]!),
    /^a\.yaml:4:\d+: Prompt "a": spec\.contnt: is not a known field, ignored/,
  );
  assert.deepEqual(problemsOf({ "a.yaml": prompt("{name: a}") }), []);
});
