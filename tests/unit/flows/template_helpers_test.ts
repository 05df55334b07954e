import assert from "assert";
import { Dotprompt } from "dotprompt";
import { checkPrompts } from "../../../shared/flows/check_prompts.ts";
import { TEMPLATE_HELPERS } from "../../../shared/flows/template_helpers.ts";

/** Inputs that take a helper down each of its branches. */
const INPUTS = [{}, { a: ["x"], b: 0 }, { a: 0, b: 0 }, { a: "s", b: "s" }, {
  a: { x: 1 },
  b: "x",
}];

/** Whether a template renders with each of the inputs, by Dotprompt itself. */
async function renders(template: string): Promise<boolean> {
  const render = await new Dotprompt().compile(template);
  try {
    for (const input of INPUTS) await render({ input });
    return true;
  } catch {
    return false;
  }
}

for (const name of TEMPLATE_HELPERS.keys()) {
  // It writes to the console.
  if (name === "log") continue;
  Deno.test(`checkPrompts accepts a call of ${name} where Dotprompt renders it, and no other`, async () => {
    for (const values of ["", " a", " a b", " a b a"]) {
      for (
        const template of [
          `{{${name}${values}}}`,
          `{{{${name}${values}}}}`,
          `{{#${name}${values}}}x{{/${name}}}`,
          `{{json (${name}${values})}}`,
          `{{#if b}}{{else if (${name}${values})}}{{/if}}`,
        ]
      ) {
        const { problems } = checkPrompts([{ name: "p", source: template }]);
        assert.equal(problems.length === 0, await renders(template), template);
      }
    }
  });
}
