import assert from "assert";
import { parseObject } from "../../../shared/api/parse_object.ts";
import { showPath } from "../../../shared/api/problem.ts";
import { flowSetOf, objectOf } from "./objects.ts";

/** The problems of an object that is invalid, as `path: message`. */
function problemsOf(value: unknown): string[] {
  const result = parseObject(value);
  assert(result.outcome === "invalid", JSON.stringify(result));
  return result.problems.map(({ path, message }) => `${showPath(path)}: ${message}`);
}

function parsed(value: unknown) {
  const result = parseObject(value);
  assert(result.outcome === "parsed", JSON.stringify(result));
  return result;
}

const secretOf = (fields: object) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "keys" },
  ...fields,
});

Deno.test("defaults are set as the API server sets them", () => {
  assert.deepEqual(parsed(objectOf("Flow", { modelRef: {} })).object, {
    ...objectOf("Flow", {
      modelRef: { name: "" },
      imagePullPolicy: "IfNotPresent",
      port: 8080,
      replicas: 1,
      serviceType: "ClusterIP",
    }),
  });
  const tool = { definition: { name: "t" }, implementation: { http: { url: "http://t" } } };
  assert.deepEqual(parsed(objectOf("Tool", tool)).object, {
    ...objectOf("Tool", {
      definition: { name: "t" },
      implementation: { http: { url: "http://t", method: "POST" } },
    }),
  });
});

Deno.test("null leaves a field out, so that its default holds, without a warning", () => {
  const { object, warnings } = parsed(objectOf("Flow", { port: null, prompts: null }));
  assert(object.kind === "Flow");
  assert.equal(object.spec.port, 8080);
  assert(!("prompts" in object.spec));
  assert.deepEqual(warnings, []);
});

Deno.test("an unknown field is dropped, with a warning that names the nearest known one", () => {
  const { object, warnings } = parsed(flowSetOf({ promtRefs: [{ name: "a" }], zzz: 1 }));
  assert(object.kind === "FlowSet");
  assert(!("promtRefs" in object.spec.flows[0]!));
  assert.deepEqual(warnings, [
    {
      path: ["spec", "flows", 0, "promtRefs"],
      message: 'is not a known field, ignored (did you mean "promptRefs"?)',
    },
    { path: ["spec", "flows", 0, "zzz"], message: "is not a known field, ignored" },
  ]);
});

Deno.test("an invalid object tells its warnings too", () => {
  const result = parseObject(objectOf("Prompt", { contnt: "Hello" }));
  assert(result.outcome === "invalid");
  assert.deepEqual(result.problems.map(({ path }) => showPath(path)), ["spec.content"]);
  assert.deepEqual(result.warnings.map(({ path }) => showPath(path)), ["spec.contnt"]);
});

Deno.test("free-form fields are kept as they are", () => {
  const spec = {
    provider: "echo",
    model: "echo",
    pluginConfigRef: { name: "echo" },
    defaultConfig: { temperature: 0.3, deep: { stop: [null, "x"], none: null } },
  };
  const { object, warnings } = parsed(objectOf("Model", spec));
  assert.deepEqual([object, warnings], [objectOf("Model", spec), []]);
});

Deno.test("metadata is kept", () => {
  const metadata = {
    name: "demo",
    namespace: "team-a",
    labels: { "app.kubernetes.io/name": "x" },
    annotations: { a: "b" },
    uid: "1234",
    generation: 3,
    resourceVersion: "7",
    managedFields: [{ manager: "kubectl", fieldsV1: { "f:spec": {} } }],
  };
  const { object, warnings } = parsed({ ...objectOf("Flow", {}), metadata });
  assert.deepEqual([object.metadata, warnings], [metadata, []]);
});

Deno.test("fields that are named as JavaScript's own are unknown as well", () => {
  const spec = JSON.parse('{"constructor": 1, "__proto__": {"port": 1}, "toString": 2}');
  const { object, warnings } = parsed(objectOf("Flow", spec));
  assert(object.kind === "Flow");
  assert.equal(object.spec.port, 8080);
  assert.deepEqual(warnings.map(({ path }) => path[1]), ["constructor", "__proto__", "toString"]);
});

Deno.test("every problem of an object is told", () => {
  const problems = problemsOf({
    ...objectOf("FlowSet", {
      image: 3,
      port: 70000,
      replicas: 1.5,
      serviceType: "ClusterIp",
      resources: { limits: { cpu: "much" } },
      flows: [
        { name: "a", modelRef: { name: "m" }, promptRefs: [] },
        { name: "A_b", modelRef: { name: "m" }, promptRefs: [{ name: "p" }] },
      ],
      env: [{ name: "A", value: 8080 }, {}],
    }),
    metadata: { name: "demo", namespace: "Team", labels: { on: true } },
  });
  const label = 'lower-case letters, digits and "-", with a letter or digit at both ends';
  assert.deepEqual(problems.sort(), [
    `metadata.labels.on: is the boolean true, should be a text: write "true" with quotes`,
    `metadata.namespace: is "Team", should be ${label}`,
    'spec.env[0].value: is the number 8080, should be a text: write "8080" with quotes',
    "spec.env[1].name: is missing, should be a text",
    "spec.flows[0].promptRefs: has 0 entries, should have at least 1 entry",
    "spec.flows[0].prompts: neither prompts nor promptRefs is set, should be one of them, with " +
    "at least one entry",
    `spec.flows[1].name: is "A_b", should be ${label}`,
    'spec.image: is the number 3, should be a text: write "3" with quotes',
    "spec.port: is 70000, should be at most 65535",
    "spec.replicas: is the number 1.5, should be a whole number",
    'spec.resources.limits.cpu: is "much", should be a quantity, for example 2, "500m" or "1Gi"',
    'spec.serviceType: is "ClusterIp", should be one of ClusterIP, NodePort, LoadBalancer ' +
    '(did you mean "ClusterIP"?)',
  ]);
});

const ONE_PROBLEM: [title: string, value: unknown, problem: string][] = [
  ["a text", "hello", ': is "hello", should be an object with apiVersion and kind'],
  ["nothing", null, ": is null, should be an object with apiVersion and kind"],
  [
    "no apiVersion",
    { kind: "Flow" },
    "apiVersion: is missing, should be a text, for example genkit.dev/v1alpha1",
  ],
  [
    "a kind that is not a text",
    { apiVersion: "genkit.dev/v1alpha1", kind: 3 },
    "kind: is the number 3, should be a text, for example Flow",
  ],
  [
    "another version",
    { apiVersion: "genkit.dev/v1", kind: "Flow" },
    'apiVersion: is "genkit.dev/v1", should be genkit.dev/v1alpha1',
  ],
  [
    "a misspelled kind",
    objectOf("Promt", {}),
    'kind: is "Promt", should be one of PluginConfig, Model, Prompt, Tool, Flow, FlowSet, ' +
    'Dataset, Eval, FlowSource (did you mean "Prompt"?)',
  ],
  [
    "no metadata",
    { apiVersion: "genkit.dev/v1alpha1", kind: "Flow", spec: {} },
    "metadata: is missing, should be an object",
  ],
  [
    "no name",
    { ...objectOf("Flow", {}), metadata: {} },
    "metadata.name: is missing, should be a text",
  ],
  [
    "a name that no object can have",
    objectOf("Flow", {}, "Greeter"),
    'metadata.name: is "Greeter", should be lower-case letters, digits, "-" and ".", with a ' +
    "letter or digit at both ends",
  ],
  ["no spec", objectOf("Flow", undefined), "spec: is missing, should be an object"],
  [
    "a list where a text should be",
    objectOf("Prompt", { content: ["Hello"] }),
    "spec.content: is a list, should be a text",
  ],
  [
    "an object where a list should be",
    objectOf("Flow", { promptRefs: { name: "p" } }),
    "spec.promptRefs: is an object, should be a list",
  ],
  ["an empty text", objectOf("Prompt", { content: "" }), "spec.content: is empty, should not be"],
  [
    "no free-form field where one is needed",
    objectOf("Tool", { implementation: {} }),
    "spec.definition: is missing, should be set",
  ],
  [
    "two flows of one name",
    objectOf("FlowSet", {
      image: "runner",
      flows: ["a", "a"].map((name) => ({
        name,
        modelRef: { name: "m" },
        promptRefs: [{ name: "p" }],
      })),
    }),
    'spec.flows[1].name: is "a", as in entry 0, should be unique in the list',
  ],
  [
    "too many flows",
    objectOf("FlowSet", {
      image: "runner",
      flows: Array.from({ length: 129 }, (_, index) => ({
        name: `f${index}`,
        modelRef: { name: "m" },
        promptRefs: [{ name: "p" }],
      })),
    }),
    "spec.flows: has 129 entries, should have at most 128 entries",
  ],
  [
    "a Secret's value that is not in base64",
    secretOf({ data: { KEY: "s3cr3t!" } }),
    "data.KEY: is not base64; encode the value, or give it as it is under stringData (Secret) " +
    "or data (ConfigMap)",
  ],
];

for (const [title, value, problem] of ONE_PROBLEM) {
  Deno.test(`refused: ${title}`, () => assert.deepEqual(problemsOf(value), [problem]));
}

Deno.test("a provider of any type is accepted, with and without credentials", () => {
  parsed(objectOf("PluginConfig", { type: "no-such-provider" }));
  parsed(objectOf("PluginConfig", { type: "googleai", credentialsRef: { name: "keys" } }));
});

Deno.test("Secrets and ConfigMaps are read", () => {
  const secret = secretOf({ type: "Opaque", data: { A: "eA==" }, stringData: { B: "y" } });
  assert.deepEqual(parsed(secret).object, secret);
  const configMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m" },
    data: { "data.json": "[]" },
    binaryData: { b: "eA==" },
  };
  assert.deepEqual(parsed(configMap).object, configMap);
});

Deno.test("an object of another group is foreign, not invalid", () => {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: {} };
  assert.deepEqual(parseObject(deployment), {
    outcome: "foreign",
    apiVersion: "apps/v1",
    kind: "Deployment",
  });
});
