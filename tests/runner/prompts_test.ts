import assert from "assert";
import { loadPrompts } from "../../runner/sandbox/prompts.ts";

const load = (prompts: Record<string, string>) =>
  loadPrompts(Object.entries(prompts).map(([name, source]) => ({ name, source })));

async function messagesOf(source: string, input: Record<string, unknown> = {}) {
  const { prompts } = await load({ main: source });
  return await prompts.get("main")!.render(input, {});
}

Deno.test("a prompt's frontmatter is read", async () => {
  const { prompts, warnings } = await load({
    main: `---
model: googleai/gemini-2.5-flash
config:
  temperature: 0.3
input:
  schema:
    name: string, who to greet
    age?: integer
  default:
    age: 3
output:
  format: json
tools: [look]
maxTurns: 2
toolChoice: required
returnToolRequests: true
---
Hi {{name}}`,
  });
  const { render: _, ...main } = prompts.get("main")!;
  assert.deepEqual(warnings, []);
  assert.deepEqual(main, {
    name: "main",
    model: "googleai/gemini-2.5-flash",
    config: { temperature: 0.3 },
    input: {
      schema: {
        type: "object",
        properties: {
          name: { type: "string", description: "who to greet" },
          age: { type: ["integer", "null"] },
        },
        required: ["name"],
        additionalProperties: false,
      },
      defaults: { age: 3 },
    },
    output: { schema: undefined, format: "json" },
    tools: ["look"],
    maxTurns: 2,
    toolChoice: "required",
    returnToolRequests: true,
    warnings: [],
  });
});

Deno.test("a prompt is rendered with Dotprompt's helpers", async () => {
  const url = "https://example.com/a.png";
  const source = '{{role "system"}}Be {{how}}.{{role "user"}}{{json about}} {{media url=picture}}';
  const messages = await messagesOf(source, { how: "brief", about: { a: 1 }, picture: url });
  assert.deepEqual(messages, [
    { role: "system", content: [{ text: "Be brief." }] },
    { role: "user", content: [{ text: '{"a":1} ' }, { media: { url } }] },
  ]);
});

Deno.test("a template may choose a partial by its input", async () => {
  const { prompts } = await load({ _fr: "Salut", main: "{{> (lookup this 'language') }}" });
  const [message] = await prompts.get("main")!.render({ language: "fr" }, {});
  assert.deepEqual(message!.content, [{ text: "Salut" }]);
});

Deno.test("a prompt sees who calls as @auth", async () => {
  const { prompts } = await load({ main: "Hi {{@auth.uid}}" });
  const messages = await prompts.get("main")!.render({}, { auth: { uid: "ann" } });
  assert.deepEqual(messages, [{ role: "user", content: [{ text: "Hi ann" }] }]);
});

Deno.test("variants are prompts of their own, partials are none", async () => {
  const { prompts } = await load({ _who: "Ann", greet: "Hi", "greet.formal": "Dear {{>who}}" });
  assert.deepEqual([...prompts.keys()], ["greet", "greet.formal"]);
  const [message] = await prompts.get("greet.formal")!.render({}, {});
  assert.deepEqual(message, { role: "user", content: [{ text: "Dear Ann" }] });
});

Deno.test("Handlebars' log helper prints nothing", async () => {
  const printed: unknown[] = [];
  const { log, info } = console;
  console.log = console.info = (...values) => printed.push(values);
  try {
    await messagesOf('Hi {{log "secret"}}{{log name}}', { name: "Ann" });
  } finally {
    Object.assign(console, { log, info });
  }
  assert.deepEqual(printed, []);
});

Deno.test("settings that would have no effect are warned of", async () => {
  const { warnings } = await load({
    main: "---\ntemperature: 0.3\nconfig:\n  apiKey: x\n  topP: 1\n---\nHi",
  });
  assert.deepEqual(warnings, [
    'prompts/main.prompt: the frontmatter\'s "temperature" has no effect where it stands; ' +
    'settings of the model belong under "config"',
    'prompts/main.prompt: the frontmatter\'s "config.apiKey" has no effect: ' +
    "only the operator sets it, in a PluginConfig",
  ]);
});

Deno.test("a prompt that cannot be used is refused, by name and line and without its text", async (t) => {
  const refused: Record<string, [source: string, reason: RegExp]> = {
    "broken template": ["---\nmodel: a/b\n---\nSecret\n{{#if name}}", /^line 5: .*Handlebars/],
    "unknown helper": ["Secret\n{{shout name}}", /^line 2: .*helper "shout"/],
    "unknown partial": ["Secret {{>other}}", /^.*partial "other"/],
    "no template": ["---\nmodel: a/b\n---\n", /the template is empty/],
    "unknown type": [
      "---\ninput:\n  schema:\n    name: text\n---\nSecret",
      /the input schema is not valid: Picoschema: .*'text'/,
    ],
    "broken schema": [
      "---\noutput:\n  schema: {type: object, properties: {a: {type: 1}}}\n---\nSecret",
      /its output schema is not valid/,
    ],
    "middleware": ["---\nuse: [retry]\n---\nSecret", /"use" names middleware/],
    "fails as it is rendered": [
      '{{#*inline "Secret"}}{{> Secret}}{{/inline}}{{> Secret}}',
      /its template cannot be rendered/,
    ],
  };
  for (const [name, [source, reason]] of Object.entries(refused)) {
    await t.step(name, async () => {
      await assert.rejects(load({ good: "Hi", main: source }), (error: Error) => {
        const [file, rest] = error.message.split(/: (.*)/s);
        assert.equal(file, "prompts/main.prompt");
        assert.match(rest!, reason);
        assert.doesNotMatch(rest!, /Secret/);
        return true;
      });
    });
  }
});

Deno.test("schemas are taken as JSON Schema says, where Genkit's validator is stricter", async () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/same-for-both",
    type: "object",
    properties: {
      name: { type: "string", example: "Ann", "x-order": 1, format: "personal-name" },
      example: { type: "integer" },
    },
  };
  const source = `---\ninput: ${JSON.stringify({ schema })}\n---\nHi`;
  const { prompts } = await load({ main: source, other: source });
  assert.deepEqual(prompts.get("other")!.input.schema, {
    type: "object",
    properties: { name: { type: "string" }, example: { type: "integer" } },
  });
});
