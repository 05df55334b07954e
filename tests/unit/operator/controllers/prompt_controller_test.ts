import assert from "assert";
import { promptController } from "../../../../operator/controllers/prompt_controller.ts";
import type { Prompt } from "../../../../shared/api/prompt.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

function reconcile(content: string) {
  const prompt = object("Prompt", "greeting", { spec: { content } });
  return promptController.reconcile(asReconciled<Prompt>(prompt), fakeReader([]));
}

Deno.test("Prompt: its hash and its frontmatter are in status", async () => {
  const desired = await reconcile("---\nmodel: a/b\nconfig: {temperature: 0.3}\n---\nHi {{name}}");
  assert.deepEqual(desired.failures, []);
  assert.equal(desired.ready.reason, "Accepted");
  assert.deepEqual(desired.status, {
    contentHash: "c699899290f669ecd48f415580a653f5005120bb3b1934afde10fb1955486c32",
    parsedFrontmatter: { model: "a/b", config: { temperature: 0.3 } },
  });
});

const frontmatters: [string, string, unknown][] = [
  ["none", "Hi", null],
  ["an empty one", "---\n---\nHi", null],
  ["one without a value", "---\ninput:\n  default: {name: ~}\n---\nHi", { input: { default: {} } }],
  ["one that a status cannot hold", "---\nconfig: {x: .nan}\n---\nHi", { config: { x: "NaN" } }],
  ["the one of a template that is wrong", "---\nmodel: a/b\n---\n{{#if}}", { model: "a/b" }],
  ["one that cannot be read", "---\nmodel: [\n---\nHi", null],
];

for (const [name, content, expected] of frontmatters) {
  Deno.test(`Prompt: frontmatter in status: ${name}`, async () => {
    assert.deepEqual((await reconcile(content)).status.parsedFrontmatter, expected);
  });
}

const refused: [string, string, string][] = [
  ["blank space", "  \n", "the template is empty"],
  ["frontmatter without an end", "---\nmodel: a/b\nHi", "line 1: the frontmatter is not closed"],
  ["frontmatter that is no YAML", "---\na: [\n---\nHi", "the frontmatter is not valid YAML"],
  ["a template that is no Handlebars", "---\na: 1\n---\n{{#if x}}", "line 4: the template is not"],
  [
    "a helper that does not exist",
    "{{upper name}}",
    'line 1: the template calls the helper "upper"',
  ],
];

for (const [name, content, message] of refused) {
  Deno.test(`Prompt: refuses ${name}`, async () => {
    const { failures: [first, ...more], status } = await reconcile(content);
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, "invalid InvalidSpec");
    assert.ok(first!.message.startsWith('Prompt "greeting": spec.content: '), first!.message);
    assert.ok(first!.message.includes(message), first!.message);
    assert.match(String(status.contentHash), /^[0-9a-f]{64}$/);
  });
}

Deno.test("Prompt: a partial is the flow's business", async () => {
  assert.deepEqual((await reconcile("{{>footer}}")).failures, []);
});

Deno.test("Prompt: settings at the top level that Genkit ignores: Ready, Degraded and a warning", async () => {
  const desired = await reconcile("---\ntemperature: 0.3\ntopK: 2\nacme.x: 1\n---\nHi");
  const message = 'Prompt "greeting": spec.content: the frontmatter\'s "temperature", "topK" has ' +
    'no effect at the top level, should be under "config"';
  assert.deepEqual(desired.failures, []);
  assert.equal(desired.degraded, true);
  assert.deepEqual(desired.ready, { reason: "UnknownSetting", message });
  assert.deepEqual(desired.warnings, [{ reason: "UnknownSetting", message }]);
});
