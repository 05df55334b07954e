import assert from "assert";
import { showPath } from "../../../shared/api/problem.ts";
import { checkObjects } from "../../../shared/flows/object_set.ts";
import { resolve } from "../../../shared/flows/resolve.ts";
import { readObjects } from "../../../shared/sources/read_objects.ts";

const DEPENDENCIES = `
kind: PluginConfig
metadata: { name: gemini }
spec: { type: googleai, credentialsRef: { name: keys }, region: eu, extraConfig: { baseURL: "http://m" } }
---
kind: Model
metadata: { name: flash }
spec:
  { provider: googleai, model: gemini-flash, pluginConfigRef: { name: gemini }, defaultConfig: { temperature: 0 } }
---
kind: Prompt
metadata: { name: greeting }
spec: { content: "Hello {{name}}" }
---
kind: Tool
metadata: { name: weather }
spec:
  definition: { description: Weather }
  implementation: { http: { url: "https://w/x", method: GET, headersSecretRef: { name: h } } }
---
kind: Tool
metadata: { name: ask }
spec: { definition: { name: ask }, implementation: { flowRef: { name: other } } }
---
kind: Flow
metadata: { name: other }
spec: { port: 9000, prompts: [{ prompt: { name: p, content: Hi } }] }
`;

/** Resolves the Flow or FlowSet called "f" of YAML objects beside the ones above. */
function resolveYaml(yaml: string, more = DEPENDENCIES) {
  const text = `${yaml}\n---${more}`.split("---\nkind").join(
    "---\napiVersion: genkit.dev/v1alpha1\nkind",
  )
    .replace(/^\s*kind/, "apiVersion: genkit.dev/v1alpha1\nkind");
  const { objects: sources, problems } = readObjects(new Map([["f.yaml", text]]));
  assert.deepEqual(problems, []);
  const checked = checkObjects(sources);
  assert.deepEqual(checked.problems, []);
  const owner = checked.objects.servers.find(({ metadata }) => metadata.name === "f")!;
  return resolve(owner, checked.objects);
}

function flow(spec: string): string {
  return `kind: Flow\nmetadata: { name: f }\nspec: ${spec}`;
}

function problemsOf(yaml: string, more?: string): string[] {
  return resolveYaml(yaml, more).unresolved.flatMap(({ problems }) =>
    problems.map(({ object, path, message, failure }) =>
      `${failure}: ${object.kind} ${object.name} ${showPath(path)}: ${message}`
    )
  );
}

const expected = {
  name: "f",
  entrypoint: "greeting",
  model: { provider: "googleai", model: "gemini-flash", config: { temperature: 0 } },
  plugin: {
    type: "googleai",
    region: "eu",
    extraConfig: { baseURL: "http://m" },
    credentialKeys: [],
    secret: "keys",
  },
  prompts: [{ name: "greeting", source: "Hello {{name}}" }],
  tools: [
    {
      name: "weather",
      definition: { name: "weather", description: "Weather" },
      http: { url: "https://w/x", method: "GET", headersSecret: "h" },
    },
    {
      name: "ask",
      definition: { name: "ask" },
      flowRef: { name: "other", url: "http://other.default.svc:9000/other" },
    },
  ],
};

for (
  const [spelling, spec] of [
    [
      "the pages'",
      "{ modelRef: { name: flash }, promptRefs: [{ name: greeting }], toolRefs: [{ name: weather }, { name: ask }] }",
    ],
    [
      "the CRD's",
      "{ modelRef: { name: flash }, prompts: [{ promptRef: { name: greeting } }], tools: [{ name: weather }, { name: ask }] }",
    ],
  ]
) {
  Deno.test(`resolve: a Flow in ${spelling} spelling becomes a server`, () => {
    const { server, unresolved, warnings } = resolveYaml(flow(spec!));
    assert.deepEqual([unresolved, warnings], [[], []]);
    assert.deepEqual(server, {
      namespace: "default",
      name: "f",
      layout: "single",
      flows: [expected],
    });
  });
}

Deno.test("resolve: a FlowSet becomes the same value in the multi layout", () => {
  const { server } = resolveYaml(`kind: FlowSet
metadata: { name: f }
spec:
  image: x
  flows:
    - { name: f, modelRef: { name: flash }, promptRefs: [{ name: greeting }], tools: [{ name: weather }, { name: ask }] }`);
  assert.deepEqual(server, { namespace: "default", name: "f", layout: "multi", flows: [expected] });
});

Deno.test("resolve: model and prompt may be written inline", () => {
  const { server: { flows: [inline] } } = resolveYaml(flow(
    "{ modelSpec: { provider: GoogleAI, model: m, pluginConfigRef: { name: gemini } }, prompts: [{ prompt: { name: p, content: Hi } }] }",
  ));
  assert.deepEqual(inline!.model, { provider: "GoogleAI", model: "m" });
  assert.deepEqual(inline!.prompts, [{ name: "p", source: "Hi" }]);
});

const inline = (name: string, content = "Hi") =>
  `{ prompt: { name: ${name}, content: ${content} } }`;
for (
  const [what, spec, entrypoint] of [
    [
      "the wanted one",
      `{ entrypoint: b, prompts: [${inline("a")}, ${inline("f")}, ${inline("b")}] }`,
      "b",
    ],
    ["else the one with the flow's name", `{ prompts: [${inline("a")}, ${inline("f")}] }`, "f"],
    [
      "else the first that is no partial",
      `{ prompts: [${inline("_a")}, ${inline("z")}, ${inline("b")}] }`,
      "z",
    ],
  ]
) {
  Deno.test(`resolve: the entrypoint is ${what}`, () => {
    assert.equal(resolveYaml(flow(spec!)).server.flows[0]!.entrypoint, entrypoint);
  });
}

const prompt = (content: string) =>
  flow(`{ prompts: [{ prompt: { name: p, content: ${JSON.stringify(content)} } }] }`);
const AT = "Flow f spec.prompts[0].prompt.content";
const cases: [string, string, string[]][] = [
  [
    "a Model of several that is not there, or is named twice",
    flow(
      "{ models: [{ name: flash }, { name: flahs }, { name: flash }, {}], promptRefs: [{ name: greeting }] }",
    ),
    [
      'blocked: Flow f spec.models[1].name: Model "flahs" is not found in namespace "default" (did you mean "flash"?)',
      'invalid: Flow f spec.models[2].name: names the Model "flash" a second time, should be another one',
      "invalid: Flow f spec.models[3].name: names no Model: its name is empty",
    ],
  ],
  [
    "a Model that is not there",
    flow("{ modelRef: { name: flahs }, promptRefs: [{ name: greeting }] }"),
    ['blocked: Flow f spec.modelRef.name: Model "flahs" is not found in namespace "default" (did you mean "flash"?)'],
  ],
  [
    "all that is missing, at once",
    flow(
      "{ modelRef: { name: xxxxxxxx }, promptRefs: [{ name: yyyyyyyy }], tools: [{ name: zzzzzzzz }] }",
    ),
    [
      'blocked: Flow f spec.promptRefs[0].name: Prompt "yyyyyyyy" is not found in namespace "default"',
      'blocked: Flow f spec.modelRef.name: Model "xxxxxxxx" is not found in namespace "default"',
      'blocked: Flow f spec.tools[0].name: Tool "zzzzzzzz" is not found in namespace "default"',
    ],
  ],
  [
    "a reference without a name",
    flow("{ promptRefs: [{}] }"),
    ["invalid: Flow f spec.promptRefs[0].name: names no Prompt: its name is empty"],
  ],
  [
    "a PluginConfig of another provider",
    flow(
      "{ modelSpec: { provider: openai, model: m, pluginConfigRef: { name: gemini } }, promptRefs: [{ name: greeting }] }",
    ),
    ['invalid: Flow f spec.modelSpec.provider: is "openai", and PluginConfig "gemini" is of type "googleai"; they should be the same'],
  ],
  [
    "no prompt",
    flow("{ modelRef: { name: flash } }"),
    ["invalid: Flow f spec.prompts: the flow has no prompt to run; add one to promptRefs or prompts"],
  ],
  [
    "an entrypoint that is not there",
    flow("{ entrypoint: greetin, promptRefs: [{ name: greeting }] }"),
    ['invalid: Flow f spec.entrypoint: is "greetin", should be one of the flow\'s prompts (greeting) (did you mean "greeting"?)'],
  ],
  [
    "two prompts of one name",
    flow(`{ prompts: [${inline("a")}, ${inline("a", "Bye")}] }`),
    ['invalid: Flow f spec: has two prompts that are called "a"'],
  ],
  [
    "a prompt whose name is too long for a file",
    flow(`{ prompts: [${inline("a".repeat(247))}] }`),
    [`invalid: Flow f spec.prompts[0].prompt.name: the prompt is called "${
      "a".repeat(247)
    }", should be at most 246 letters, digits, "-", "_" and "."`],
  ],
  [
    "a prompt whose name is a path",
    flow(`{ prompts: [${inline("../x")}] }`),
    ['invalid: Flow f spec.prompts[0].prompt.name: the prompt is called "../x", should be at most 246 letters, digits, "-", "_" and "."'],
  ],
  ["bad YAML", prompt("---\nmodel: [a\n---\nHi"), [
    `invalid: ${AT}: line 2: the frontmatter is not valid YAML: `,
  ]],
  ["no end", prompt("---\nmodel: a\nHi"), [
    `invalid: ${AT}: line 1: the frontmatter is not closed: a second line "---" is missing`,
  ]],
  ["a list", prompt("---\n- a\n---\nHi"), [
    `invalid: ${AT}: line 2: the frontmatter must be a mapping of names to values`,
  ]],
  ["no template", prompt("---\nmodel: a/b\n---\n"), [`invalid: ${AT}: the template is empty`]],
  ["an open block", prompt("Hi\n{{#if a}}"), [
    `invalid: ${AT}: line 2: the template is not valid Handlebars`,
  ]],
  [
    "an unknown helper",
    prompt("---\nmodel: a/b\n---\nHi\n{{jsn a}}"),
    [`invalid: ${AT}: line 5: the template calls the helper "jsn", which does not exist (did you mean "json"?)`],
  ],
  [
    "a missing partial",
    prompt("{{> sign}}"),
    [`invalid: ${AT}: the template includes the partial "sign", and the flow has no prompt "_sign"`],
  ],
  [
    "partials in a circle",
    flow(
      '{ prompts: [{ prompt: { name: p, content: "{{> a}}" } }, { prompt: { name: _a, content: "{{> b}}" } }, { prompt: { name: _b, content: "{{> a}}" } }] }',
    ),
    [
      `invalid: ${AT}: its partials include each other in a circle: p → _a → _b → _a`,
      "invalid: Flow f spec.prompts[1].prompt.content: its partials include each other in a circle: _a → _b → _a",
      "invalid: Flow f spec.prompts[2].prompt.content: its partials include each other in a circle: _b → _a → _b",
    ],
  ],
];
for (const [what, yaml, problems] of cases) {
  Deno.test(`resolve: ${what}`, () => {
    const found = problemsOf(yaml);
    assert.equal(found.length, problems.length, found.join("\n"));
    found.forEach((text, index) => assert.ok(text.startsWith(problems[index]!), text));
  });
}

const tool = (spec: string) => `
kind: Tool
metadata: { name: t }
spec: ${spec}
`;
for (
  const [what, spec, message] of [
    [
      "no implementation",
      "{ definition: { name: t }, implementation: {} }",
      "none of http, flowRef and mcp is set, should be one of them",
    ],
    [
      "both",
      '{ definition: { name: t }, implementation: { http: { url: "http://x" }, flowRef: { name: f } } }',
      "http and flowRef are both set, should be one of them",
    ],
    [
      "no URL",
      "{ definition: { name: t }, implementation: { http: { url: ftp://x } } }",
      'is "ftp://x", should be an http or https URL',
    ],
    [
      "a host that its input would choose",
      '{ definition: { name: t }, implementation: { http: { url: "https://{host}/x" } } }',
      'is "https://{host}/x", should have a host without fields of the input',
    ],
    [
      "a password in its URL",
      '{ definition: { name: t }, implementation: { http: { url: "https://me:secret@x/y" } } }',
      'at "x" holds a user name or password, should have them in headersSecretRef',
    ],
    [
      "fields of the input in a server's URL",
      '{ definition: { name: t }, implementation: { mcp: { url: "https://x/{a}" } } }',
      'is "https://x/{a}", should have no fields of the input',
    ],
    [
      "a server's URL that is none",
      "{ definition: { name: t }, implementation: { mcp: { url: x } } }",
      'is "x", should be an http or https URL',
    ],
    [
      "a schema where a server has its own",
      '{ definition: { name: t, inputSchema: { type: object } }, implementation: { mcp: { url: "https://x" } } }',
      "is set, should be absent: the MCP server describes its functions",
    ],
    [
      "a schema that is a text, which the runner refuses",
      '{ definition: { name: t, inputSchema: str }, implementation: { http: { url: "https://x" } } }',
      'spec.definition.inputSchema: is "str", should be an object',
    ],
    [
      "a description that is a number",
      '{ definition: { name: t, description: 5 }, implementation: { mcp: { url: "https://x" } } }',
      'spec.definition.description: is the number 5, should be a text: write "5" with quotes',
    ],
    [
      "a definition that is a text",
      "{ definition: t, implementation: { flowRef: { name: f } } }",
      'is "t", should be an object with name and description',
    ],
  ]
) {
  Deno.test(`resolve: a Tool with ${what}`, () => {
    const [found, ...more] = problemsOf(
      flow(`{ prompts: [${inline("a")}], tools: [{ name: t }] }`),
      tool(spec!),
    );
    assert.deepEqual(more, []);
    assert.match(found!, /^invalid: Tool t spec\./);
    assert.ok(found!.endsWith(message!), found!);
  });
}

Deno.test("resolve: one bad flow of a FlowSet leaves the others as they are", () => {
  const { server, unresolved } = resolveYaml(`kind: FlowSet
metadata: { name: f }
spec:
  image: x
  flows:
    - { name: good, modelRef: { name: flash }, promptRefs: [{ name: greeting }] }
    - { name: bad, modelRef: { name: flash }, promptRefs: [{ name: nowhere }] }`);
  assert.deepEqual(server.flows.map(({ name }) => name), ["good"]);
  assert.deepEqual(unresolved.map(({ name }) => name), ["bad"]);
  assert.equal(showPath(unresolved[0]!.problems[0]!.path), "spec.flows[1].promptRefs[0].name");
});

Deno.test("resolve: settings that Genkit would ignore are warnings, and no problem", () => {
  const { warnings, unresolved } = resolveYaml(
    prompt("---\ntemperature: 0.3\nconfig: { topP: 1 }\nmy.ext: 1\n---\nHi"),
  );
  assert.deepEqual(unresolved, []);
  assert.deepEqual(warnings.map(({ message }) => message), [
    'the frontmatter\'s "temperature" has no effect where it stands; settings of the model belong under "config"',
  ]);
});

Deno.test("resolve: what templates may do is not in the way", () => {
  for (
    const content of [
      '{{role "system"}}Hi{{history}}{{media url=photo}}{{json a indent=2}}',
      "{{#each xs as |x|}}{{x.y}}{{else}}none{{/each}}{{#with a}}{{b}}{{/with}}{{lookup a b}}",
      "{{#section}}of the input{{/section}}{{@auth.uid}}{{{raw}}}",
      '{{#*inline "own"}}x{{/inline}}{{> own}}',
      "---\n---\nHi",
      "--- no frontmatter",
    ]
  ) assert.deepEqual(problemsOf(prompt(content)), [], content);
});
