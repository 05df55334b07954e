import assert from "assert";
import { readTree } from "../../../shared/contract/read_tree.ts";

const CONFIG = '{"plugin":{"type":"echo"}}';

/** The files of a tree whose flows each have a config and the prompts named. */
function multi(flows: Record<string, unknown>[], prompts = ["b", "a"]): Map<string, string> {
  const files = new Map([["manifest.json", JSON.stringify({ flows })]]);
  for (const { name } of flows) {
    files.set(`flows/${name}/config.json`, CONFIG);
    for (const prompt of prompts) files.set(`flows/${name}/prompts/${prompt}.prompt`, "Hi");
  }
  return files;
}

function single(config: unknown, prompts: string[], more: [string, string][] = []) {
  return new Map([
    ["config.json", JSON.stringify(config)],
    ...prompts.map((name) => [`prompts/${name}.prompt`, "Hi"] as [string, string]),
    ...more,
  ]);
}

const entrypoints: [string, Map<string, string>, string][] = [
  ['the first by name where the manifest has ""', multi([{ name: "f", entrypoint: "" }]), "a"],
  ["the first by name where the manifest has null", multi([{ name: "f", entrypoint: null }]), "a"],
  ["the flow's own name's", multi([{ name: "f" }], ["a", "f"]), "f"],
  ["the manifest's", multi([{ name: "f", entrypoint: "b" }], ["a", "b", "f"]), "b"],
  ["never a partial", single({}, ["_a", "b"]), "b"],
  ["the config's in the single layout", single({ flow: { entrypoint: "b" } }, ["a", "b"]), "b"],
  ["of the name of the config's flow", single({ flow: { name: "b" } }, ["a", "b"]), "b"],
];
for (const [what, files, entrypoint] of entrypoints) {
  Deno.test(`readTree: the entrypoint is ${what}`, () => {
    const { flows, broken } = readTree(files);
    assert.deepEqual(broken, []);
    assert.equal(flows[0]!.entrypoint, entrypoint);
  });
}

Deno.test("readTree: what a Go runtime leaves empty is null, and as good as absent", () => {
  const config = {
    defaultModel: { provider: "echo", model: "m", info: null, config: null },
    plugin: { type: "echo", region: null, extraConfig: null },
    credentialsDir: null,
    credentialKeys: null,
    flow: null,
  };
  const { flows: [flow], broken } = readTree(single(config, ["a"]));
  assert.deepEqual([broken, flow!.name], [[], undefined]);
  assert.deepEqual(
    readTree(single({ defaultModel: null, plugin: null }, ["a"])).broken,
    [],
  );
});

Deno.test("readTree: unknown keys are kept, wherever they stand", () => {
  const tool = {
    definition: { name: "t", metadata: { x: 1 } },
    implementation: { http: { url: "http://x", timeout: 5 }, grpc: { y: 2 } },
    note: "z",
  };
  const config = {
    defaultModel: { provider: "echo", model: "m", beta: true },
    plugin: { type: "echo", project: "p" },
    flow: { name: "f", owner: "o" },
    next: [1],
  };
  const { flows: [flow] } = readTree(
    single(config, ["a"], [["tools/t.json", JSON.stringify(tool)]]),
  );
  assert.deepEqual(flow!.config, config);
  assert.deepEqual(flow!.tools, [{
    ...tool,
    definition: { ...tool.definition, description: "" },
  }]);
});

Deno.test("readTree: the flat tool file of genkit-operator 0.5.0 is the same value as the nested", () => {
  const definition = { name: "t", description: "d", inputSchema: { type: "object" } };
  const implementation = { flowRef: { name: "other" } };
  const [flat, nested] = [{ ...definition, implementation }, { definition, implementation }].map(
    (tool) => readTree(single({}, ["a"], [["tools/t.json", JSON.stringify(tool)]])).flows[0]!.tools,
  );
  assert.deepEqual(flat, [{ definition, implementation }]);
  assert.deepEqual(flat, nested);
});

Deno.test("readTree: only files directly in prompts and tools count, and others are no matter", () => {
  const { flows: [flow], broken } = readTree(single({}, ["a"], [
    ["prompts/deep/b.prompt", "Hi"],
    ["prompts/.prompt", "Hi"],
    ["tools/deep/t.json", "not JSON"],
    ["notes.json", "not JSON"],
  ]));
  assert.deepEqual(broken, []);
  assert.deepEqual([flow!.prompts.map(({ name }) => name), flow!.tools], [["a"], []]);
});

const folders: [string, string, string][] = [
  ["/genkit, wherever the tree is", "/genkit/flows/f", "/srv/tree"],
  ["the root", "/srv/tree/flows/f", "/srv/tree"],
  ["the root, given with a slash at its end", "/srv/tree/flows/f", "/srv/tree/"],
  ["a slash at the end", "/genkit/flows/f/", "/genkit"],
  ["a path relative to the root", "flows/f", "/genkit"],
  ["nothing", "", "/genkit"],
];
for (const [what, dir, root] of folders) {
  Deno.test(`readTree: a flow's folder may name ${what}`, () => {
    const { flows, broken } = readTree(multi([{ name: "f", dir }]), root);
    assert.deepEqual(broken, []);
    assert.deepEqual(flows.map(({ name }) => name), ["f"]);
  });
}

for (
  const dir of [
    "/etc",
    "/genkitd/flows/f",
    "/genkit/../etc",
    "/genkit/flows/../../etc",
    "../flows/f",
    "/",
  ]
) {
  Deno.test(`readTree: the folder ${dir} is outside of the tree, and breaks that flow alone`, () => {
    const { flows, broken } = readTree(multi([{ name: "good" }, { name: "bad", dir }]));
    assert.deepEqual(flows.map(({ name }) => name), ["good"]);
    assert.deepEqual(broken, [{
      name: "bad",
      reason: `its folder "${dir}" is not below "/genkit"`,
    }]);
  });
}

const faults: [string, [string, string], RegExp][] = [
  ["that is not JSON", ["flows/bad/config.json", "{"], /^"flows\/bad\/config.json" is not JSON: /],
  [
    "that is a list",
    ["flows/bad/config.json", "[]"],
    /^"flows\/bad\/config.json" is not valid at "": /,
  ],
  [
    "whose model has no provider",
    ["flows/bad/config.json", '{"defaultModel":{"model":"m"}}'],
    /^"flows\/bad\/config.json" is not valid at "defaultModel.provider": /,
  ],
  ["with a tool that is null", [
    "flows/bad/tools/t.json",
    "null",
  ], /^"flows\/bad\/tools\/t.json" is not valid at "": /],
  [
    "with a tool without an implementation",
    ["flows/bad/tools/t.json", '{"name":"t"}'],
    /^"flows\/bad\/tools\/t.json" is not valid at "implementation": /,
  ],
];
for (const [what, [path, text], reason] of faults) {
  Deno.test(`readTree: a flow ${what} is broken, and the others are as they were`, () => {
    const flows = [{ name: "good" }, { name: "bad" }, { name: "fine" }];
    const bundle = readTree(multi(flows).set(path, text));
    assert.deepEqual(bundle.flows.map(({ name }) => name), ["good", "fine"]);
    assert.deepEqual(bundle.broken.map(({ name }) => name), ["bad"]);
    assert.match(bundle.broken[0]!.reason, reason);
  });
}

for (const manifest of ["[]", "{}", '{"flows":[{}]}', '{"flows":[{"name":""}]}']) {
  Deno.test(`readTree: the manifest ${manifest} is refused as a whole`, () => {
    assert.throws(
      () => readTree(new Map([["manifest.json", manifest]]), "/srv"),
      /^Error: Cannot read the flows at "\/srv": "manifest.json" is not valid at "/,
    );
  });
}
