import assert from "assert";
import { parse } from "yaml";
import type { KnownObject } from "../../../shared/api/kinds.ts";
import { parseObject } from "../../../shared/api/parse_object.ts";
import { showPath } from "../../../shared/api/problem.ts";
import type { Lookup, Referable } from "../../../shared/flows/lookup.ts";
import { readTree } from "../../../shared/contract/read_tree.ts";
import { writeTree } from "../../../shared/contract/write_tree.ts";
import { resolve } from "../../../shared/flows/resolve.ts";

/** An object of YAML without its apiVersion. */
function object(yaml: string): KnownObject {
  const result = parseObject({ apiVersion: "genkit.dev/v1alpha1", ...parse(yaml) });
  assert.equal(result.outcome, "parsed", JSON.stringify(result));
  return (result as { object: KnownObject }).object;
}

/** A lookup in a list, as the operator's cache may be, and not the files' one. */
function lookupOf(objects: KnownObject[]): Lookup {
  const named = (kind: string, namespace: string) =>
    objects.filter((found) =>
      found.kind === kind && (found.metadata.namespace ?? "default") === namespace
    );
  return {
    find: <K extends keyof Referable>(kind: K, namespace: string, name: string) => {
      const found = named(kind, namespace).find(({ metadata }) => metadata.name === name);
      if (found === undefined) return { outcome: "missing" };
      return { outcome: "found", object: found as Referable[K] };
    },
    names: (kind, namespace) => named(kind, namespace).map(({ metadata }) => metadata.name),
  };
}

/** Resolves the first of the objects beside the others. */
function resolveFirst(...yaml: string[]) {
  const [owner, ...others] = yaml.map(object);
  assert.ok(owner?.kind === "Flow" || owner?.kind === "FlowSet");
  return resolve(owner, lookupOf(others));
}

const prompt = (namespace: string) =>
  `{ kind: Prompt, metadata: { name: p, namespace: ${namespace} }, spec: { content: of ${namespace} } }`;
const flow =
  "{ kind: Flow, metadata: { name: f, namespace: a }, spec: { promptRefs: [{ name: p }] } }";

Deno.test("resolve: a reference leads to the owner's namespace", () => {
  const { server } = resolveFirst(flow, prompt("b"), prompt("a"));
  assert.equal(server.namespace, "a");
  assert.deepEqual(server.flows[0]!.prompts, [{ name: "p", source: "of a" }]);
});

Deno.test("resolve: an object of another namespace is neither found nor suggested", () => {
  const { server, unresolved } = resolveFirst(flow, prompt("b"));
  assert.deepEqual(server.flows, []);
  assert.deepEqual(unresolved[0]!.problems, [{
    object: { kind: "Flow", namespace: "a", name: "f" },
    path: ["spec", "promptRefs", 0, "name"],
    message: 'Prompt "p" is not found in namespace "a"',
    failure: "blocked",
  }]);
});

Deno.test("resolve: a tool's Flow is called in the owner's namespace, at its own port", () => {
  const { server } = resolveFirst(
    "{ kind: Flow, metadata: { name: f, namespace: a }, spec: { promptRefs: [{ name: p }], toolRefs: [{ name: t }, { name: u }] } }",
    prompt("a"),
    "{ kind: Tool, metadata: { name: t, namespace: a }, spec: { definition: { name: t }, implementation: { flowRef: { name: g } } } }",
    "{ kind: Tool, metadata: { name: u, namespace: a }, spec: { definition: { name: u }, implementation: { flowRef: { name: h } } } }",
    "{ kind: Flow, metadata: { name: g, namespace: a }, spec: {} }",
    "{ kind: Flow, metadata: { name: h, namespace: a }, spec: { port: 81 } }",
  );
  assert.deepEqual(server.flows[0]!.tools.map(({ flowRef }) => flowRef!.url), [
    "http://g.a.svc:8080/g",
    "http://h.a.svc:81/h",
  ]);
});

Deno.test("resolve: a FlowSet's tool calls a flow beside it, unless a Flow has that name", () => {
  const { server, unresolved } = resolveFirst(
    "{ kind: FlowSet, metadata: { name: s, namespace: a }, spec: { image: i, flows: [" +
      "{ name: f, modelRef: { name: m }, promptRefs: [{ name: p }], toolRefs: [{ name: t }, { name: u }] }, " +
      "{ name: g, modelRef: { name: m }, promptRefs: [{ name: p }] }, " +
      "{ name: h, modelRef: { name: m }, promptRefs: [{ name: p }] }] } }",
    "{ kind: Model, metadata: { name: m, namespace: a }, spec: { provider: echo, model: x, pluginConfigRef: { name: k } } }",
    "{ kind: PluginConfig, metadata: { name: k, namespace: a }, spec: { type: echo } }",
    prompt("a"),
    "{ kind: Tool, metadata: { name: t, namespace: a }, spec: { definition: { name: t }, implementation: { flowRef: { name: g } } } }",
    "{ kind: Tool, metadata: { name: u, namespace: a }, spec: { definition: { name: u }, implementation: { flowRef: { name: h } } } }",
    "{ kind: Flow, metadata: { name: h, namespace: a }, spec: {} }",
  );
  assert.deepEqual(unresolved.flatMap(({ problems }) => problems), []);
  assert.deepEqual(server.flows[0]!.tools.map(({ flowRef }) => flowRef), [
    { name: "g" },
    { name: "h", url: "http://h.a.svc:8080/h" },
  ]);
});

Deno.test("resolve: a Tool's settings are kept", () => {
  const { server } = resolveFirst(
    "{ kind: Flow, metadata: { name: f, namespace: a }, spec: { promptRefs: [{ name: p }], toolRefs: [{ name: t }] } }",
    prompt("a"),
    '{ kind: Tool, metadata: { name: t, namespace: a }, spec: { definition: { name: t }, implementation: { onError: ReportToModel, approval: Required, http: { url: "https://x/{id}?q={q}", headers: { x-a: b }, timeoutSeconds: 5, retries: 0, maxResponseBytes: 9 } } } }',
  );
  const [tool] = server.flows[0]!.tools;
  const http = {
    url: "https://x/{id}?q={q}",
    method: "POST",
    headers: { "x-a": "b" },
    timeoutSeconds: 5,
    retries: 0,
    maxResponseBytes: 9,
  };
  const settings = { onError: "ReportToModel", approval: "Required" };
  assert.deepEqual(tool, { name: "t", definition: { name: "t" }, ...settings, http });
  const { flows: [flow] } = readTree(writeTree(server));
  assert.deepEqual(flow!.tools[0]!.implementation, { http, ...settings });
});

Deno.test("resolve: an MCP server's settings are kept, and its tool has the object's name", () => {
  const { server } = resolveFirst(
    "{ kind: Flow, metadata: { name: f, namespace: a }, spec: { promptRefs: [{ name: p }], toolRefs: [{ name: t }] } }",
    prompt("a"),
    '{ kind: Tool, metadata: { name: t, namespace: a }, spec: { definition: {}, implementation: { mcp: { url: "https://x/mcp", tools: [b, a], headers: { x-a: b }, headersSecretRef: { name: s }, timeoutSeconds: 5, maxResponseBytes: 9 }, flowRef: {} } } }',
  );
  const mcp = {
    url: "https://x/mcp",
    tools: ["b", "a"],
    headers: { "x-a": "b" },
    timeoutSeconds: 5,
    maxResponseBytes: 9,
  };
  const [tool] = server.flows[0]!.tools;
  assert.deepEqual(tool, {
    name: "t",
    definition: { name: "t" },
    mcp: { ...mcp, headersSecret: "s" },
  });
  const { flows: [flow] } = readTree(writeTree(server));
  assert.deepEqual(flow!.tools[0]!.implementation, {
    mcp: { ...mcp, headersSecretRef: { name: "s" }, headersDir: "/genkit/tools/t.headers" },
  });
});

Deno.test("resolve: a fault of an object far from the flow is put where it can be mended", () => {
  const { unresolved } = resolveFirst(
    "{ kind: Flow, metadata: { name: f, namespace: a }, spec: { modelRef: { name: m }, promptRefs: [{ name: p }] } }",
    "{ kind: Model, metadata: { name: m, namespace: a }, spec: { provider: openai, model: x, info: nice, pluginConfigRef: { name: keyz } } }",
    "{ kind: PluginConfig, metadata: { name: keys, namespace: a }, spec: { type: openai } }",
    '{ kind: Prompt, metadata: { name: p, namespace: a }, spec: { content: "{{shout x}}" } }',
  );
  assert.deepEqual(
    unresolved[0]!.problems.map(({ object: { kind, name }, path, message, failure }) =>
      `${failure}: ${kind} ${name} ${showPath(path)}: ${message}`
    ),
    [
      'invalid: Prompt p spec.content: line 1: the template calls the helper "shout", which does not exist',
      'invalid: Model m spec.info: is "nice", should be an object',
      'blocked: Model m spec.pluginConfigRef.name: PluginConfig "keyz" is not found in namespace "a" (did you mean "keys"?)',
    ],
  );
});

Deno.test("resolve: the same objects give the same answer, and are left as they are", () => {
  const owner = object(flow);
  const others = [object(prompt("a"))];
  assert.ok(owner.kind === "Flow");
  const before = structuredClone([owner, ...others]);
  assert.deepEqual(resolve(owner, lookupOf(others)), resolve(owner, lookupOf(others)));
  assert.deepEqual([owner, ...others], before);
});

const tool = (name: string, known: string) =>
  `{ kind: Tool, metadata: { name: ${name}, namespace: a }, spec: { definition: { name: ${known} }, implementation: { http: { url: "http://x" } } } }`;
const flowOfTools = (...names: string[]) =>
  `{ kind: Flow, metadata: { name: f, namespace: a }, spec: { promptRefs: [{ name: p }], toolRefs: [${
    names.map((name) => `{ name: ${name} }`)
  }] } }`;

Deno.test("resolve: a Tool that is named twice is one tool", () => {
  const { server } = resolveFirst(
    flowOfTools("t", "u", "t"),
    prompt("a"),
    tool("t", "x"),
    tool("u", "y"),
  );
  assert.deepEqual(server.flows[0]!.tools.map(({ name }) => name), ["t", "u"]);
});

Deno.test("resolve: a Prompt that is named twice is one prompt", () => {
  const { server, unresolved } = resolveFirst(
    flow.replace("[{ name: p }]", "[{ name: p }, { name: q }, { name: p }]"),
    prompt("a"),
    prompt("a").replace("name: p", "name: q"),
  );
  assert.deepEqual(unresolved, []);
  assert.deepEqual(server.flows[0]!.prompts.map(({ name }) => name), ["p", "q"]);
});

Deno.test("resolve: a Prompt's name may be as long as a key of 0.5.0's ConfigMap let it be", () => {
  const name = "p".repeat(246);
  const { server, unresolved } = resolveFirst(
    flow.replace("name: p", `name: ${name}`),
    prompt("a").replace("name: p", `name: ${name}`),
  );
  assert.deepEqual(unresolved, []);
  assert.equal(server.flows[0]!.entrypoint, name);
});

Deno.test("resolve: two Tools that a model knows by one name are a problem of the flow", () => {
  const { unresolved } = resolveFirst(
    flowOfTools("t", "u"),
    prompt("a"),
    tool("t", "x"),
    tool("u", "x"),
  );
  assert.deepEqual(unresolved[0]!.problems, [{
    object: { kind: "Flow", namespace: "a", name: "f" },
    path: ["spec", "toolRefs"],
    message:
      'the Tools "t" and "u" have the same definition.name, "x"; a model could not tell them apart',
    failure: "invalid",
  }]);
});

Deno.test("resolve: models are followed in the order of preference, each to its own Secret", () => {
  const model = (name: string, more = "") =>
    `{ kind: Model, metadata: { name: ${name}, namespace: a }, spec: ` +
    `{ provider: openai, model: ${name}-1, pluginConfigRef: { name: ${name} }${more} } }`;
  const config = (name: string) =>
    `{ kind: PluginConfig, metadata: { name: ${name}, namespace: a }, spec: ` +
    `{ type: openai, credentialsRef: { name: ${name}-keys } } }`;
  const { server, unresolved } = resolveFirst(
    "{ kind: Flow, metadata: { name: f, namespace: a }, spec: " +
      "{ models: [{ name: z }, { name: b }, { name: c }], promptRefs: [{ name: p }] } }",
    prompt("a"),
    ...["b", "c", "z"].map(config),
    model("b", ", retry: {}"),
    model("c"),
    model("z", ", retry: { attempts: 5, budgetSeconds: 20 }"),
  );
  assert.deepEqual(unresolved, []);
  const { model: first, plugin, fallbacks = [] } = server.flows[0]!;
  const retry = {
    statusCodes: [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529],
    backoffMilliseconds: 500,
  };
  assert.deepEqual(first, {
    provider: "openai",
    model: "z-1",
    retry: { ...retry, attempts: 5, budgetSeconds: 20 },
  });
  assert.equal(plugin?.secret, "z-keys");
  assert.deepEqual(fallbacks.map(({ model, plugin }) => [model, plugin.secret]), [
    [{ provider: "openai", model: "b-1", retry: { ...retry, attempts: 3 } }, "b-keys"],
    [{ provider: "openai", model: "c-1" }, "c-keys"],
  ]);
});
