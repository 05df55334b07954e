import assert from "assert";
import { toolController } from "../../../../operator/controllers/tool_controller.ts";
import type { Tool } from "../../../../shared/api/tool.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

const objects = [
  object("Flow", "forecast", { spec: { image: "runner:1", port: 9090, prompts: [] } }),
  object("Flow", "old", { spec: { image: "runner:1", port: 0 } }),
  object("Secret", "headers", { data: { Authorization: "very-secret" } }),
];

function reconcile(implementation: Record<string, unknown>, definition: unknown = {}) {
  const tool = object("Tool", "weather", { spec: { definition, implementation } });
  const read = fakeReader([...objects, tool]);
  const desired = toolController.reconcile(asReconciled<Tool>(tool), read);
  return { desired: Promise.resolve(desired), read };
}

const url = "https://weather.example/v1";

const resolved: [string, Record<string, unknown>, string][] = [
  ["an HTTP endpoint", { http: { url } }, `HTTP ${url}`],
  ["headers of a Secret", { http: { url, headersSecretRef: { name: "headers" } } }, `HTTP ${url}`],
  ["an MCP server", { mcp: { url } }, `MCP ${url}`],
  ["an empty flowRef is none", { http: { url }, flowRef: {} }, `HTTP ${url}`],
  [
    "a Flow, by its Service's port",
    { flowRef: { name: "forecast" } },
    "Flow/forecast http://forecast.demo.svc:9090/forecast",
  ],
];

for (const [name, implementation, target] of resolved) {
  Deno.test(`Tool: resolves ${name}`, async () => {
    const { failures, status, ready } = await reconcile(implementation).desired;
    assert.deepEqual(failures, []);
    assert.deepEqual(status, { resolvedTarget: target });
    assert.deepEqual(ready, { reason: "Accepted", message: `Calls ${target}` });
  });
}

type Case = [string, Record<string, unknown>, string, string, unknown?];

const refused: Case[] = [
  ["no implementation", {}, "invalid InvalidSpec", "none of http, flowRef and mcp is set"],
  [
    "two implementations",
    { http: { url }, flowRef: { name: "forecast" } },
    "invalid InvalidSpec",
    "http and flowRef are both set",
  ],
  [
    "an address that is none",
    { http: { url: "weather" } },
    "invalid InvalidSpec",
    'spec.implementation.http.url: is "weather", should be an http or https URL',
  ],
  [
    "a Flow that is missing",
    { flowRef: { name: "none" } },
    "blocked MissingDependency",
    'spec.implementation.flowRef.name: Flow "none" is not found in namespace "demo"',
  ],
  [
    "a Flow that does not fit its kind",
    { flowRef: { name: "old" } },
    "blocked InvalidDependency",
    'spec.implementation.flowRef.name: Flow "old" is not valid: spec.port: ',
  ],
  [
    "a definition that is no object",
    { http: { url } },
    "invalid InvalidSpec",
    "spec.definition: is []",
    [],
  ],
  [
    "a file, which is in no cluster",
    { http: { url } },
    "invalid InvalidSpec",
    'spec.definition.inputSchema: refers to the file "schemas/city.json", and there are no files',
    { inputSchema: { $resource: "schemas/city.json" } },
  ],
];

for (const [name, implementation, outcome, message, definition] of refused) {
  Deno.test(`Tool: refuses ${name}`, async () => {
    const { failures: [first, ...more], status } = await reconcile(implementation, definition)
      .desired;
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, outcome);
    assert.ok(first!.message.startsWith('Tool "weather": '), first!.message);
    assert.ok(first!.message.includes(message), first!.message);
    assert.deepEqual(status, { resolvedTarget: null });
  });
}

for (const kind of ["http", "mcp"]) {
  Deno.test(`Tool: waits for the Secret of its headers for ${kind}`, async () => {
    const { desired, read } = reconcile({ [kind]: { url, headersSecretRef: { name: "none" } } });
    const { failures, status } = await desired;
    assert.deepEqual(failures, [{
      failure: "blocked",
      reason: "MissingDependency",
      message: `Tool "weather": spec.implementation.${kind}.headersSecretRef.name: Secret "none" ` +
        'is not found in namespace "demo"',
    }]);
    assert.deepEqual(status, { resolvedTarget: `${kind.toUpperCase()} ${url}` });
    assert.ok(read.reads.includes("data Secret/demo/none"));
  });
}

Deno.test("Tool: a Flow that is missing is seen when it appears", async () => {
  const { desired, read } = reconcile({ flowRef: { name: "none" } });
  await desired;
  assert.ok(read.reads.includes("object Flow/demo/none"));
});
