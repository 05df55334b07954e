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

function tool(implementation: FlowDefinition["tools"][0]["implementation"]) {
  return { definition: { name: "t", description: "" }, implementation };
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
  const { hosts, credentials } = plan({
    config: { plugin: { type: "GoogleAI", extraConfig: { baseURL: "http://127.0.0.1:9/x" } } },
    tools: [
      tool({ http: { url: "https://api.example.com/a/{city}?x={y}" } }),
      tool({ flowRef: { name: "f", url: "http://f.demo.svc:8080/f" } }),
      tool({ mcp: { url: "https://mcp.example.com/v1" } }),
    ],
  }) as FlowPlan;
  assert.deepEqual(hosts, [
    "127.0.0.1:9",
    "api.example.com:443",
    "f.demo.svc:8080",
    "mcp.example.com:443",
  ]);
  assert.deepEqual(credentials, keys);
});

for (const kind of ["http", "mcp"]) {
  Deno.test(`planFlows: the headers of a tool by ${kind} are those of its Secret, and a trust domain of their own`, () => {
    const request = { url: "https://api/x", headersDir: "/genkit/tools/t.headers" };
    const withHeaders = (value: string) =>
      plan({ tools: [tool({ [kind]: request })] }, {
        toolHeaders: () => ({ authorization: value }),
      });
    const first = withHeaders("Bearer 1\n") as FlowPlan;
    assert.deepEqual(first.toolHeaders, { t: { authorization: "Bearer 1" } });
    assert.equal(trustDomain(first), trustDomain(withHeaders("Bearer 1") as FlowPlan));
    assert.notEqual(trustDomain(first), trustDomain(withHeaders("Bearer 2") as FlowPlan));
    const bad = withHeaders("secret\nvalue");
    assert.ok("reason" in bad);
    assert.match(bad.reason, /the key "authorization", which is no header/);
    assert.doesNotMatch(bad.reason, /secret/);
  });
}

Deno.test("planFlows: a flow that the server has itself needs no address and no host", () => {
  const tools = ["near", "far"].map((name) =>
    tool({ flowRef: { name, url: `http://${name}.demo.svc:8080/${name}` } })
  );
  const { definition, hosts } = plan({ tools }, {
    hasFlow: (_, name) => name === "near",
  }) as FlowPlan;
  assert.deepEqual(hosts, ["far.demo.svc:8080", "generativelanguage.googleapis.com:443"]);
  assert.equal(definition.tools[0]!.implementation.flowRef!.url, null);
});

Deno.test("planFlows: offline needs no key, no host and no provider that is there", () => {
  const { definition, hosts, credentials } = plan(
    {
      config: {
        plugin: { type: "anthropic" },
        defaultModel: { provider: "anthropic", model: "m" },
      },
      tools: [tool({ mcp: { url: "https://mcp.example.com/v1" } })],
    },
    { offline: true },
  ) as FlowPlan;
  assert.deepEqual([hosts, credentials], [[], {}]);
  const [{ implementation }] = definition.tools as [FlowDefinition["tools"][number]];
  assert.equal(implementation.onError, "ReportToModel", "a server that is not there fails no call");
  assert.equal(definition.config.plugin?.type, "echo");
});

const broken: [string, Partial<FlowDefinition>, RegExp][] = [
  ["no model anywhere", { config: {} }, /^it names no model: set modelRef/],
  ["an unknown provider", { config: { plugin: { type: "gogleai" } } }, /did you mean "googleai"/],
  [
    "a provider without its key",
    { config: { plugin: { type: "bedrock" } } },
    /^the credential AWS_ACCESS_KEY_ID is missing: add it$/,
  ],
  [
    "a tool whose host its input would choose",
    { tools: [tool({ http: { url: "https://{host}/x" } })] },
    /"https:\/\/\{host\}\/x", whose host should be fixed$/,
  ],
  [
    "a tool whose headers are missing",
    { tools: [tool({ http: { url: "https://api/x", headersDir: "/genkit/none" } })] },
    /^the headers of its tool "t" are missing/,
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
    const found = plan(change, { toolHeaders: () => undefined });
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

Deno.test("planFlows: a host may be in the Secret", () => {
  const values: Record<string, string> = {
    AZURE_OPENAI_API_KEY: "k",
    AZURE_OPENAI_ENDPOINT: "https://me.openai.azure.com/",
  };
  const { hosts, credentials } = plan({ config: { plugin: { type: "azureaifoundry" } } }, {
    credentials: () => ({ get: (key) => values[key], hint: () => "add it" }),
  }) as FlowPlan;
  assert.deepEqual(hosts, ["me.openai.azure.com:443"]);
  assert.deepEqual(credentials, values);
});

Deno.test("what is replayed needs no key and no host, and keeps its provider and callers", () => {
  const tools = [tool({ http: { url: "https://t.example/x" } })];
  const made = plan({ tools }, {
    replay: true,
    credentials: () => ({ get: () => undefined, hint: () => "add it" }),
    toolHeaders: () => assert.fail("asked for"),
    apiKeys: () => () => new Map([["ann", "k"]]),
  });
  assert.ok(!("reason" in made));
  assert.deepEqual([made.credentials, made.hosts, made.toolHeaders], [{}, [], undefined]);
  assert.equal(made.definition.config.plugin?.type, "googleai");
  assert.equal(made.definition.replayed, true);
  assert.deepEqual([...made.apiKeys() as Map<string, string>], [["ann", "k"]]);
});

const withFallbacks: Partial<FlowDefinition> = {
  config: {
    plugin: { type: "googleai" },
    fallbacks: [
      { model: { provider: "anthropic", model: "claude" }, plugin: { type: "Anthropic" } },
      {
        model: { provider: "googleai", model: "pro" },
        plugin: { type: "googleai", extraConfig: { baseURL: "http://127.0.0.1:9" } },
      },
    ],
  },
};

Deno.test("planFlows: each fallback has credentials of its own, and its host is the flow's", () => {
  const asked: unknown[] = [];
  const planned = (last = "third") =>
    plan(withFallbacks, {
      credentials: (_, provider, fallback) => {
        asked.push([provider, fallback]);
        const value = fallback === undefined ? "first" : ["second", last][fallback];
        return { get: () => value, hint: () => "add it" };
      },
    }) as FlowPlan;
  const { credentials, fallbackCredentials, hosts } = planned();
  assert.deepEqual(asked, [["googleai", undefined], ["anthropic", 0], ["googleai", 1]]);
  assert.deepEqual(credentials, { GEMINI_API_KEY: "first" });
  assert.deepEqual(fallbackCredentials, [
    { ANTHROPIC_API_KEY: "second" },
    { GEMINI_API_KEY: "third" },
  ]);
  assert.deepEqual(hosts, [
    "127.0.0.1:9",
    "api.anthropic.com:443",
    "generativelanguage.googleapis.com:443",
  ]);
  assert.equal(trustDomain(planned()), trustDomain(planned()));
  assert.notEqual(trustDomain(planned()), trustDomain(planned("another")));
});

Deno.test("planFlows: a fallback that cannot be asked breaks the flow, with its name", () => {
  const broken = plan(withFallbacks, {
    credentials: (_, provider) => ({
      get: () => provider === "googleai" ? "k" : undefined,
      hint: () => "add it",
    }),
  });
  assert.equal(
    (broken as { reason: string }).reason,
    'its fallback "anthropic/claude": the credential ANTHROPIC_API_KEY is missing: add it',
  );
});

Deno.test("planFlows: offline there is one model, echo", () => {
  const { definition, fallbackCredentials } = plan(withFallbacks, { offline: true }) as FlowPlan;
  assert.deepEqual([definition.config.fallbacks, fallbackCredentials], [null, undefined]);
});
