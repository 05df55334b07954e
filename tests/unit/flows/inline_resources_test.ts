import assert from "assert";
import {
  findResource,
  inlineAll,
  inlineResources,
} from "../../../shared/flows/inline_resources.ts";
import { checkObjects } from "../../../shared/flows/object_set.ts";
import { resolve } from "../../../shared/flows/resolve.ts";
import { readObjects } from "../../../shared/sources/read_objects.ts";

const RESOURCES = new Map(Object.entries({
  "flows/prompts/hello.prompt": "Hello {{name}}",
  "flows/schemas/city.json": '{"type":"object","required":["city"]}',
  "flows/schemas/town.yaml": "type: object\nrequired: [town]\n",
  "flows/data/samples.csv": "a,b\n1,2\n",
  "flows/schemas/broken.json": "{",
  "flows/schemas/broken.yaml": "a: [",
  "flows/schemas/bomb.yaml": "0: &b0 [x, x]\n" +
    Array.from({ length: 30 }, (_, i) => `${i + 1}: &b${i + 1} [*b${i}, *b${i}]`).join("\n"),
  "shared/up.prompt": "Up",
}));

const object = (spec: unknown) => ({
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Tool",
  metadata: { name: "t" },
  spec,
});

function inlined(spec: unknown) {
  const { value, problems } = inlineResources(object(spec), RESOURCES, "flows/tools.yaml");
  return { spec: (value as { spec: unknown }).spec, problems };
}

Deno.test("a file stands where an object refers to it: as data, or as its text", () => {
  const cases: [string, unknown][] = [
    ["prompts/hello.prompt", "Hello {{name}}"],
    ["./prompts/hello.prompt", "Hello {{name}}"],
    ["../shared/up.prompt", "Up"],
    ["schemas/city.json", { type: "object", required: ["city"] }],
    ["schemas/town.yaml", { type: "object", required: ["town"] }],
    ["data/samples.csv", "a,b\n1,2\n"],
  ];
  for (const [path, expected] of cases) {
    const { spec, problems } = inlined({ list: [{ deep: { $resource: path } }], other: 1 });
    assert.deepEqual([spec, problems], [{ list: [{ deep: expected }], other: 1 }, []], path);
  }
});

Deno.test("what is no reference stays", () => {
  const spec = { a: { $resource: 1 }, b: { $resource: "x", more: 1 }, c: "$resource" };
  assert.deepEqual(inlined(spec), { spec, problems: [] });
  for (const apiVersion of ["v1", "apps/v1"]) {
    const secret = {
      apiVersion,
      kind: "Secret",
      stringData: { $resource: "prompts/hello.prompt" },
    };
    const { value, problems } = inlineResources(secret, RESOURCES, "flows/a.yaml");
    assert.deepEqual([value, problems], [secret, []]);
  }
});

Deno.test("a reference that leads nowhere says so, with the nearest that there is", () => {
  const cases: [string, RegExp][] = [
    [
      "prompts/helo.prompt",
      /"flows\/prompts\/helo\.prompt".* mean "flows\/prompts\/hello\.prompt"/,
    ],
    ["../../etc/passwd", /"\.\.\/etc\/passwd", which is not among the resources/],
    ["/etc/passwd", /"flows\/etc\/passwd", which is not among/],
    ["schemas/broken.json", /"flows\/schemas\/broken\.json", which is not valid at line \d/],
    ["schemas/broken.yaml", /"flows\/schemas\/broken\.yaml", which is not valid at line \d/],
    ["schemas/bomb.yaml", /"flows\/schemas\/bomb\.yaml", which is not valid at line \d/],
  ];
  for (const [path, expected] of cases) {
    const { problems: [problem, ...more] } = inlined({ a: { $resource: path } });
    assert.match(problem?.message ?? "", expected, path);
    assert.deepEqual([problem!.path, more], [["spec", "a"], []]);
  }
});

Deno.test("files of a source that is not local are found in that source alone", () => {
  const resources = new Map([["https://git.example/x//a/b.prompt", "B"], ["a/b.prompt", "local"]]);
  const from = (file: string) =>
    inlineResources(object({ $resource: "a/b.prompt" }), resources, file).value;
  assert.deepEqual(from("https://git.example/x//f.yaml"), object("B"));
  assert.deepEqual(from("f.yaml"), object("local"));
});

Deno.test("an object with a broken reference is left out; faults of a prompt are at its own line", () => {
  const text = `
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: gone }
spec:
  content: { $resource: gone.prompt }
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: f }
spec:
  prompts: [{ prompt: { name: p, content: { $resource: p.prompt } } }]
  modelSpec: { provider: echo, model: m, pluginConfigRef: { name: e } }
---
{ apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: { name: e }, spec: { type: echo } }
`;
  const { objects } = readObjects(new Map([["f.yaml", text]]));
  const all = inlineAll(objects, new Map([["p.prompt", "One\n{{#if x}}\nThree"]]));
  assert.deepEqual(all.problems.map(({ file, line }) => [file, line]), [["f.yaml", 6]]);
  const checked = checkObjects(all.objects);
  assert.deepEqual(checked.problems, []);
  const { unresolved } = resolve(checked.objects.servers[0]!, checked.objects);
  const [problem] = unresolved[0]!.problems.map((one) => checked.objects.locate(one));
  assert.equal(problem!.file, "p.prompt");
  assert.ok(problem!.line! >= 2, `${problem!.line}`);
});

Deno.test("without files a reference is found, and said to be none in a cluster", () => {
  const found = findResource({ definition: { list: [{ $resource: "x.json" }] } }, ["spec"]);
  assert.deepEqual(found?.path, ["spec", "definition", "list", 0]);
  assert.match(found?.message ?? "", /^refers to the file "x\.json", and there are no files/);
  assert.equal(findResource({ a: [{ $resource: 1 }, null, "x"] }), undefined);
});
