/** References to objects that are there and do not fit their kind, as the operator's lookup has them. */
import assert from "assert";
import type { Flow } from "../../../shared/api/flow.ts";
import type { FlowSet } from "../../../shared/api/flow_set.ts";
import { parseObject } from "../../../shared/api/parse_object.ts";
import { showPath } from "../../../shared/api/problem.ts";
import type { Found, Lookup, Referable } from "../../../shared/flows/lookup.ts";
import { resolve } from "../../../shared/flows/resolve.ts";
import { objectOf } from "../api/objects.ts";

const tool = { definition: { name: "t" }, implementation: { flowRef: { name: "target" } } };
const model = { provider: "echo", model: "x", pluginConfigRef: { name: "echo" } };

/** Specs by `<kind> <name>`. */
type Specs = Record<string, object>;

const GOOD: Specs = {
  "Prompt hello": { content: "Hello" },
  "Model m": model,
  "PluginConfig echo": { type: "echo" },
  "Tool t": tool,
  "Flow target": {},
};

function lookupOf(specs: Specs): Lookup {
  return {
    find<K extends keyof Referable>(kind: K, _: string, name: string): Found<Referable[K]> {
      const spec = specs[`${kind} ${name}`];
      if (spec === undefined) return { outcome: "missing" };
      const result = parseObject(objectOf(kind, spec, name));
      assert.ok(result.outcome !== "foreign");
      return result.outcome === "parsed"
        ? { outcome: "found", object: result.object as Referable[K] }
        : result;
    },
    names: () => [],
  };
}

/** What stands in the way of a server's flows, where some specs are others than the good ones. */
function problemsOf(kind: "Flow" | "FlowSet", spec: object, specs: Specs): string[] {
  const result = parseObject(objectOf(kind, spec, "own"));
  assert.ok(result.outcome === "parsed", JSON.stringify(result));
  const server = result.object as Flow | FlowSet;
  return resolve(server, lookupOf({ ...GOOD, ...specs })).unresolved.flatMap(({ problems }) =>
    problems.map(({ object, path, message, failure }) =>
      `${failure}: ${object.kind} ${object.name} ${showPath(path)}: ${message}`
    )
  );
}

const flow = {
  modelRef: { name: "m" },
  promptRefs: [{ name: "hello" }],
  toolRefs: [{ name: "t" }],
};

const cases: [string, Specs, string][] = [
  [
    "a Prompt",
    { "Prompt hello": { content: "" } },
    'Flow own spec.promptRefs[0].name: Prompt "hello" is not valid: spec.content: ',
  ],
  [
    "a Model",
    { "Model m": { ...model, provider: "" } },
    'Flow own spec.modelRef.name: Model "m" is not valid: spec.provider: ',
  ],
  [
    "a Model's PluginConfig",
    { "PluginConfig echo": { type: "" } },
    'Model m spec.pluginConfigRef.name: PluginConfig "echo" is not valid: spec.type: ',
  ],
  [
    "a Tool",
    { "Tool t": { ...tool, implementation: { ...tool.implementation, onError: "Wait" } } },
    'Flow own spec.toolRefs[0].name: Tool "t" is not valid: spec.implementation.onError: ',
  ],
  [
    "a Tool's Flow",
    { "Flow target": { port: 0 } },
    'Tool t spec.implementation.flowRef.name: Flow "target" is not valid: spec.port: ',
  ],
];

for (const [name, specs, expected] of cases) {
  Deno.test(`resolve: ${name} that does not fit its kind is told as that, not as missing`, () => {
    const [problem, ...more] = problemsOf("Flow", flow, specs);
    assert.deepEqual(more, []);
    assert.ok(problem!.startsWith(`invalidDependency: ${expected}`), `${problem}`);
  });
}

Deno.test("resolve: everything that is wrong with such an object is told", () => {
  const broken = { "Model m": { ...model, provider: "", model: 5 } };
  const [problem] = problemsOf("Flow", flow, broken);
  assert.match(problem!, /is not valid: spec\.provider: .+; spec\.model: /);
});

Deno.test("resolve: a Flow that does not fit its kind gives no sibling its name", () => {
  const served = { modelRef: flow.modelRef, promptRefs: flow.promptRefs };
  const flows = [{ name: "f", ...flow }, { name: "target", ...served }];
  const specs = { "Flow target": { port: 0 } };
  const [problem] = problemsOf("FlowSet", { image: "i", flows }, specs);
  assert.match(problem ?? "", /Flow "target" is not valid/);
});

Deno.test("resolve: a Tool's definition that no runner can read is told at its field", () => {
  const told = (field: string, value: unknown) =>
    problemsOf("Flow", flow, {
      "Tool t": { ...tool, definition: { ...tool.definition, [field]: value } },
    });
  assert.deepEqual(
    ["inputSchema", "outputSchema"].flatMap((field) => [...told(field, 5), ...told(field, [])]),
    [
      "invalid: Tool t spec.definition.inputSchema: is the number 5, should be an object",
      "invalid: Tool t spec.definition.inputSchema: is a list, should be an object",
      "invalid: Tool t spec.definition.outputSchema: is the number 5, should be an object",
      "invalid: Tool t spec.definition.outputSchema: is a list, should be an object",
    ],
  );
  assert.deepEqual(told("description", null), [
    "invalid: Tool t spec.definition.description: is null, should be a text",
  ]);
  assert.deepEqual([...told("inputSchema", null), ...told("description", undefined)], []);
});
