import assert from "assert";
import { picoschema } from "dotprompt";
import { checkPrompts } from "../../../shared/flows/check_prompts.ts";
import { picoschemaFault } from "../../../shared/flows/picoschema_fault.ts";

const readable: unknown[] = [
  undefined,
  null,
  "string",
  "string, a description, with commas",
  { name: "string", "age?": "integer, in years", any: "any" },
  { "tags(array, of it)": "string", "inner(object)": { deep: "number" }, "(*)": "boolean" },
  { "kind(enum)": ["a", "b"], "kind?(enum, which)": ["a"] },
  { "list(array)": { a: "string" }, nothing: null },
  { type: "object", properties: { a: { type: "strng" } } },
  { properties: { a: 5 } },
  { type: "array", items: {} },
];

const unreadable: unknown[] = [
  "text",
  "Recipe, of a name",
  { name: "strng" },
  { "name?": "strng, in words" },
  { inner: { deep: { deeper: "str" } } },
  { "tags(array)": "text" },
  { "tags(list)": "string" },
  { "(*)": "text" },
  { age: 5 },
  { "kind?(enum)": "a" },
  ["text"],
  5,
];

Deno.test("picoschemaFault: refuses what Dotprompt refuses, in its words, and nothing else", async () => {
  for (const schema of readable) {
    await picoschema(structuredClone(schema), {});
    assert.equal(picoschemaFault(schema), undefined, JSON.stringify(schema));
  }
  for (const schema of unreadable) {
    const error = await picoschema(structuredClone(schema), {}).then(() => undefined, (e) => e);
    assert.ok(error instanceof Error, JSON.stringify(schema));
    const fault = picoschemaFault(schema);
    if (error instanceof TypeError) assert.match(fault ?? "", /should be a list/);
    else assert.equal(fault, error.message.replace(/\.$/, ""));
  }
});

Deno.test("picoschemaFault: is told of a flow's prompts, at the line of the frontmatter", () => {
  const source = "---\nmodel: a/b\noutput:\n  schema:\n    name: strng\n---\nSecret";
  const { problems } = checkPrompts([{ name: "p", source }, { name: "_partial", source }]);
  assert.deepEqual(problems, [{
    prompt: "p",
    message: "the output schema is not valid: Picoschema: unsupported scalar type 'strng'",
    line: 4,
  }]);
});
