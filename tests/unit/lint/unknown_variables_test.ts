/** lint finds the variables that no input can fill, and takes nothing else for one. */
import assert from "assert";
import { parsePromptSource } from "../../../shared/flows/prompt_source.ts";
import { checkVariables } from "../../../shared/lint/check_variables.ts";

const SCHEMA = `
input:
  schema:
    name: string
    tags(array): string
    items(array):
      title: string
      price?: number
    owner(object):
      mail: string
    extra: any
`.trim();

function found(template: string, schema = SCHEMA) {
  return checkVariables(parsePromptSource(`---\n${schema}\n---\n${template}`));
}

const UNKNOWN: [template: string, variable: string, field: string][] = [
  ["Greet {{nmae}}.", "nmae", "nmae"],
  ["{{{nmae}}}", "nmae", "nmae"],
  ["{{this.nmae}}", "this.nmae", "nmae"],
  ["{{owner.male}}", "owner.male", "male"],
  ["{{#if nmae}}x{{/if}}", "nmae", "nmae"],
  ["{{#if name}}{{nmae}}{{/if}}", "nmae", "nmae"],
  ["{{#if name}}x{{else}}{{nmae}}{{/if}}", "nmae", "nmae"],
  ["{{#nmae}}x{{/nmae}}", "nmae", "nmae"],
  ["{{^nmae}}x{{/nmae}}", "nmae", "nmae"],
  ["{{#each itms}}x{{/each}}", "itms", "itms"],
  ["{{#each items}}{{name}}{{/each}}", "name", "name"],
  ["{{#each items}}{{../nmae}}{{/each}}", "../nmae", "nmae"],
  ["{{#with owner}}{{name}}{{/with}}", "name", "name"],
  ["{{json nmae}}", "nmae", "nmae"],
  ["{{media url=nmae}}", "nmae", "nmae"],
  ["{{#if (lookup nmae 0)}}x{{/if}}", "nmae", "nmae"],
  ["{{> tone of=nmae}}", "nmae", "nmae"],
];

for (const [template, variable, field] of UNKNOWN) {
  Deno.test(`"${template}" uses a variable that the schema does not have`, async () => {
    const [finding, ...others] = await found(template);
    assert.deepEqual(others, []);
    const [what] = finding!.message.split(", only");
    assert.equal(
      what,
      `the template uses "${variable}", which is always empty: the input's schema has no "${field}" there`,
    );
  });
}

const KNOWN = [
  "{{name}} {{this.name}} {{./name}} {{owner.mail}} {{extra.of.any.kind}} {{name.length}}",
  '{{role "user"}}{{history}}{{@state.x}}{{@root.x}}{{json this}}',
  "{{#each items}}{{title}} {{@index}} {{this.price}} {{../name}}{{/each}}",
  "{{#each items as |item index|}}{{item.title}} {{item.other}} {{index}}{{/each}}",
  "{{#each tags}}{{this}}{{/each}}{{tags.[0]}} {{tags.length}}",
  "{{#with owner}}{{mail}}{{else}}{{name}}{{/with}}",
  "{{#owner}}{{mail}}{{/owner}}{{#each extra}}{{anything}}{{/each}}",
  "{{#*inline 'row'}}{{cell}}{{/inline}}{{#each items}}{{> row cell=title}}{{/each}}",
  "{{#> frame}}{{body}}{{/frame}}{{lookup owner name}}",
];

for (const template of KNOWN) {
  Deno.test(`"${template}" uses only what is there`, async () => {
    assert.deepEqual(await found(template), []);
  });
}

for (
  const [what, schema] of [
    ["no schema", "model: echo/echo"],
    ["a schema that takes more", "input:\n  schema:\n    name: string\n    (*): string"],
    [
      "a JSON Schema that takes more",
      "input:\n  schema: {type: object, properties: {name: {type: string}}}",
    ],
    ["a schema that is not valid", "input:\n  schema:\n    name: strng"],
  ] as const
) {
  Deno.test(`a template of a prompt with ${what} may use any name`, async () => {
    assert.deepEqual(await found("{{nmae}}", schema), []);
  });
}

Deno.test("an unknown variable is found on its line of the source, with the field that is meant", async () => {
  const [finding] = await found(
    "One {{name}},\nthen {{nmae}}.",
    "input:\n  schema:\n    name: string",
  );
  assert.deepEqual(finding, {
    message: 'the template uses "nmae", which is always empty: the input\'s schema has no "nmae" ' +
      'there, only "name" (did you mean "name"?)',
    line: 7,
  });
});

const HELPER =
  "input:\n  schema:\n    role: string\n    history: string\n    o(object):\n      section: string";
for (
  const [template, schema, says] of [
    ["A {{role}}", HELPER, "{{role}} is the helper of that name, not the input's field"],
    ["{{#role}}x{{/role}}", HELPER, "{{role}} is the helper of that name, not the input's field"],
    ["{{history}}", HELPER, "{{history}} is the helper of that name, not the input's field"],
    [
      "{{#with o}}{{section}}{{/with}}",
      HELPER,
      "{{section}} is the helper of that name, not the input's field",
    ],
    ["A {{role}}", "model: echo/echo", "{{role}} is the helper of that name, without a value"],
    ["{{media}}", SCHEMA, "{{media}} is the helper of that name, without a value"],
  ] as const
) {
  Deno.test(`"${template}" calls a helper, and is told from a variable`, async () => {
    const [finding, ...others] = await found(template, schema);
    assert.deepEqual(others, []);
    const name = /^\{\{(\w+)/.exec(says)![1];
    assert.equal(finding!.message, `the template's ${says}; a field is {{this.${name}}}`);
  });
}

Deno.test("a helper that cannot be called without a value is an error, and no unknown variable", async () => {
  assert.deepEqual(await found("{{json}}{{#if}}x{{/if}}", SCHEMA), []);
});

for (const template of ["{{this.role}} {{./role}}", "{{#each x as |role|}}{{role}}{{/each}}"]) {
  Deno.test(`"${template}" is a field that has a helper's name`, async () => {
    assert.deepEqual(
      await found(template, "input:\n  schema: { role: string, x(array): string }"),
      [],
    );
  });
}
