import assert from "assert";
import type { Bundle, FlowDefinition } from "../../../shared/contract/bundle.ts";
import type { FlowPlan } from "../../../runner/host/flow_plan.ts";
import { trustDomain } from "../../../runner/host/flow_plan.ts";
import { planFlows, type PlanOptions } from "../../../runner/host/plan_flows.ts";

const keys = { GEMINI_API_KEY: "k" };
const options: PlanOptions = {
  credentials: () => ({
    get: (key) => (keys as Record<string, string>)[key],
    hint: () => "add it",
  }),
};

function flow(change: Partial<FlowDefinition> = {}): FlowDefinition {
  return {
    name: "greeter",
    entrypoint: "greeting",
    config: { plugin: { type: "googleai" } },
    prompts: [
      { name: "_part", source: "part" },
      { name: "farewell", source: "Bye" },
      { name: "greeting", source: "Hello" },
    ],
    tools: [],
    ...change,
  };
}

function plan(
  change: Partial<FlowDefinition>,
  more: Partial<PlanOptions> = {},
  layout: Bundle["layout"] = "multi",
) {
  const [first] = planFlows({ layout, flows: [flow(change)], broken: [] }, { ...options, ...more });
  return first!;
}

Deno.test("planFlows: a flow of many has one route, a single flow one a prompt as well", () => {
  assert.deepEqual([...plan({}).routes], [["greeter", "greeting"]]);
  assert.deepEqual([...plan({}, {}, "single").routes].sort(), [
    ["farewell", "farewell"],
    ["greeter", "greeting"],
    ["greeting", "greeting"],
  ]);
});

Deno.test("planFlows: the hosts are the provider's and the tools', the credentials the provider's", () => {
  const tool = (implementation: FlowDefinition["tools"][0]["implementation"]) => ({
    definition: { name: "t", description: "" },
    implementation,
  });
  const { hosts, credentials } = plan({
    config: { plugin: { type: "GoogleAI", extraConfig: { baseURL: "http://127.0.0.1:9/x" } } },
    tools: [
      tool({ http: { url: "https://api.example.com/a" } }),
      tool({ flowRef: { name: "f", url: "http://f.demo.svc:8080/f" } }),
    ],
  }) as FlowPlan;
  assert.deepEqual(hosts, ["127.0.0.1:9", "api.example.com:443", "f.demo.svc:8080"]);
  assert.deepEqual(credentials, keys);
});

Deno.test("planFlows: offline needs no key, no host and no provider that is there", () => {
  const { definition, hosts, credentials } = plan(
    {
      config: {
        plugin: { type: "anthropic" },
        defaultModel: { provider: "anthropic", model: "m" },
      },
    },
    { offline: true },
  ) as FlowPlan;
  assert.deepEqual([hosts, credentials], [[], {}]);
  assert.equal(definition.config.plugin?.type, "echo");
});

const broken: [string, Partial<FlowDefinition>, RegExp][] = [
  ["no model anywhere", { config: {} }, /^it names no model: set modelRef/],
  ["an unknown provider", { config: { plugin: { type: "gogleai" } } }, /did you mean "googleai"/],
  [
    "a provider that is yet to come",
    { config: { plugin: { type: "bedrock" } } },
    /"bedrock" is not one/,
  ],
  [
    "a base URL that leads to a metadata server",
    {
      config: { plugin: { type: "googleai", extraConfig: { baseURL: "http://169.254.169.254/" } } },
    },
    /169\.254\.169\.254/,
  ],
];
for (const [what, change, reason] of broken) {
  Deno.test(`planFlows: ${what} is a broken plan with the reason`, () => {
    const found = plan(change);
    assert.ok("reason" in found);
    assert.match(found.reason, reason);
  });
}

Deno.test("planFlows: without a plugin the prompt's own model names the provider", () => {
  const prompts = [{
    name: "greeting",
    source: "---\nmodel: googleai/gemini-2.5-flash\n---\nHello",
  }];
  assert.deepEqual((plan({ config: {}, prompts }) as FlowPlan).credentials, keys);
});

Deno.test("planFlows: a flow that the tree has broken stays known", () => {
  const plans = planFlows(
    { layout: "multi", flows: [], broken: [{ name: "bad", reason: "because" }] },
    options,
  );
  assert.deepEqual(plans, [{ name: "bad", routes: new Map([["bad", ""]]), reason: "because" }]);
});

Deno.test("trustDomain: the same keys and hosts in any order are one domain, all else is not", () => {
  const of = (credentials: Record<string, string>, hosts: string[]) =>
    trustDomain({ ...plan({}) as FlowPlan, credentials, hosts });
  assert.equal(of({ a: "1", b: "2" }, ["x", "y"]), of({ b: "2", a: "1" }, ["y", "x"]));
  assert.notEqual(of({ a: "1" }, ["x"]), of({ a: "2" }, ["x"]));
  assert.notEqual(of({ a: "1" }, ["x"]), of({ a: "1" }, ["x", "y"]));
});
