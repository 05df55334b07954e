import assert from "assert";
import { checkPrompts } from "../../../shared/flows/check_prompts.ts";

/** The problems of a flow's prompts (name to source), as `<prompt>: <message>`. */
function problemsOf(prompts: Record<string, string>): string[] {
  const list = Object.entries(prompts).map(([name, source]) => ({ name, source }));
  return checkPrompts(list).problems.map(({ prompt, message }) => `${prompt}: ${message}`);
}

const fine: [string, Record<string, string>][] = [
  ["a partial beside it", { p: "{{> sign}}", _sign: "Yours" }],
  ["a partial of a partial", { p: "{{> a}}", _a: "{{> b}}", _b: "x" }],
  ["one partial twice", { p: "{{> a}}{{> b}}", _a: "{{> b}}", _b: "x" }],
  ["a partial with parameters", { p: "{{> a name=(lookup xs 0)}}", _a: "{{name}}" }],
  ["a partial chosen by the input", { p: "{{> (lookup . 'which')}}" }],
  ["a partial of its own, defined before", { p: '{{#*inline "own"}}x{{/inline}}{{> own}}' }],
  ["a partial of its own, defined after", { p: '{{> own}}{{#*inline "own"}}x{{/inline}}' }],
  ["a block that a partial puts in its place", {
    p: "{{#> a}}x{{/a}}",
    _a: "<{{> @partial-block}}>",
  }],
  ["values that are called as nothing is", { p: "{{jsn}}{{a.b.c}}{{{raw}}}{{&amp}}{{@root.x}}" }],
  ["helpers inside of helpers", { p: "{{#if (lookup a b)}}{{json (lookup a b)}}{{/if}}" }],
  ["a field that has a helper's name, by its path", {
    p: "{{this.json}}{{./json}}{{o.json}}{{@root.json}}{{#with o}}{{../json}}{{/with}}",
  }],
  ["a block's own name for a value, where a helper has it too", {
    p: "{{#each xs as |json|}}{{json}}{{/each}}",
  }],
  ["a role that the input gives", { p: '{{role "model"}}a{{role who}}b' }],
  ["comments and escapes", {
    p: "{{!-- {{foo bar}} --}}\\{{foo bar}}{{{{raw}}}}{{x y}}{{{{/raw}}}}",
  }],
];
for (const [what, prompts] of fine) {
  Deno.test(`checkPrompts: ${what} is fine`, () => {
    assert.deepEqual(problemsOf(prompts), []);
  });
}

const unknown = (name: string) => `the template calls the helper "${name}", which does not exist`;
const invalid = "the template is not valid Handlebars";
const faults: [string, Record<string, string>, string[]][] = [
  ["an unknown helper", { p: "a\n{{shout name}}" }, [`p: line 2: ${unknown("shout")}`]],
  [
    "a helper that is nearly one",
    { p: "{{#ifEqual a b}}{{/ifEqual}}" },
    [`p: line 1: ${unknown("ifEqual")} (did you mean "ifEquals"?)`],
  ],
  ["a role that no message has", { p: '{{role "system"}}a\n{{role "assistant"}}b' }, [
    'p: line 2: the template calls the helper "role" with a word that it does not know, ' +
    "should be one of system, user, model, tool",
  ]],
  ["a helper with named parameters only", { p: "{{shout a=1}}" }, [
    `p: line 1: ${unknown("shout")}`,
  ]],
  ["a block with named parameters only", { p: "{{#shout a=1}}{{/shout}}" }, [
    `p: line 1: ${unknown("shout")}`,
  ]],
  ["a helper inside of a helper", { p: "{{json (shout a)}}" }, [`p: line 1: ${unknown("shout")}`]],
  ["a helper in an else", { p: "{{#if a}}\n{{else}}\n{{shout b}}\n{{/if}}" }, [
    `p: line 3: ${unknown("shout")}`,
  ]],
  ["a helper in a partial's parameter", { p: "{{> a x=(shout y)}}", _a: "x" }, [
    `p: line 1: ${unknown("shout")}`,
  ]],
  ["a helper in a partial", { p: "{{> a}}", _a: "---\n---\n{{shout y}}" }, [
    `_a: line 3: ${unknown("shout")}`,
  ]],
  ["a helper without its value", { p: "a\n{{json}}" }, [
    'p: line 2: the template calls the helper "json" with 0 values, should be 1',
  ]],
  ["a helper with a value too many, in an else", { p: "{{#if a}}{{else if a b}}{{/if}}" }, [
    'p: line 1: the template calls the helper "if" with 2 values, should be 1',
  ]],
  ["a helper with a value that should be named", { p: "{{media photo}}" }, [
    'p: line 1: the template calls the helper "media" with 1 value, should be only named ones, as in url=photo',
  ]],
  ["a block that is none", { p: '{{if a "b"}}' }, [
    'p: line 1: the template calls the helper "if", which should be a block: {{#if …}}',
  ]],
  ["a block's own name outside of it", { p: "{{#each xs as |json|}}{{/each}}{{json}}" }, [
    'p: line 1: the template calls the helper "json" with 0 values, should be 1',
  ]],
  ["an unknown decorator", { p: '{{#*shout "a"}}{{/shout}}' }, [
    'p: line 1: the template uses the decorator "shout", should be "inline", the only one that exists',
  ]],
  ["a block closed by another's name", { p: "a\n{{#if secret}}\n{{/unless}}" }, [
    `p: line 2: ${invalid}: the block {{#if …}} is closed by {{/unless}}`,
  ]],
  ["an expression that is not closed, at the end", { p: "a\n{{name sentence.\n" }, [
    `p: line 2: ${invalid}: a "{{" is not closed by "}}"`,
  ]],
  ["an expression that is not closed, in the midst", { p: "a {{name}\nb" }, [
    `p: line 1: ${invalid}: what stands after "{{" is not an expression, or not closed by "}}"`,
  ]],
  ["a block that is not closed", { p: "{{#if a}}x{{else}}y" }, [
    `p: line 1: ${invalid}: the block {{#if …}} is not closed by {{/if}}`,
  ]],
  ["a block that is not closed, before others that are", {
    p: "---\n---\na\n{{#if a}}\n{{#each b}}\n{{^}}{{^c}}{{/c}}\n{{/each}}\n{{> d}}\nend\n",
    _d: "x",
  }, [
    `p: line 4: ${invalid}: the block {{#if …}} is not closed by {{/if}}`,
  ]],
  ["a block that is not closed, beside what only looks like one", {
    p: "{{~#>part}}\n\\{{#if a}} {{! {{#if}} {{!-- }} {{#if --}}\n{{{{raw}}}} {{#if}} {{{{/raw}}}}",
    _part: "x",
  }, [
    `p: line 1: ${invalid}: the block {{#part …}} is not closed by {{/part}}`,
  ]],
  ["a block that was not opened", { p: "x{{/if}}" }, [
    `p: line 1: ${invalid}: a block is closed that has not been opened`,
  ]],
  ["an else without a block", { p: "{{else}}x" }, [
    `p: line 1: ${invalid}: an {{else}} stands outside of a block`,
  ]],
  ["an expression without a name", { p: "{{}}" }, [
    `p: line 1: ${invalid}: what stands before "}}" is not complete, or has other braces`,
  ]],
  ["a path that goes up in its middle", { p: "a\nb\n{{secret/../c}}" }, [`p: line 3: ${invalid}`]],
  [
    "a partial that is nearly one",
    { p: "{{> sing}}", _sign: "x" },
    ['p: the template includes the partial "sing", and the flow has no prompt "_sing" (did you mean "sign"?)'],
  ],
  [
    "a prompt that is meant as a partial",
    { p: "{{> sign}}", sign: "x" },
    ['p: the template includes the partial "sign", and the flow has no prompt "_sign"'],
  ],
  [
    "a partial that includes itself",
    { p: "Hi", _a: "{{#if b}}{{> a}}{{/if}}" },
    ["_a: its partials include each other in a circle: _a → _a"],
  ],
  [
    "another prompt's fault only",
    { good: "Hi", bad: "---\n- a\n---\nHi" },
    ["bad: line 2: the frontmatter must be a mapping of names to values"],
  ],
];
for (const [what, prompts, problems] of faults) {
  Deno.test(`checkPrompts: ${what} is a problem`, () => {
    assert.deepEqual(problemsOf(prompts), problems);
  });
}

for (
  const source of [
    "secret {{#if secret}}",
    "secret {{secret",
    "{{#each secret}}{{/if}}",
    "{{secret/../secret}}",
    "{{> 'secret}}",
    "{{}} secret",
    "{{else}} secret {{/secret}}",
  ]
) {
  Deno.test(`checkPrompts: the message about ${source} quotes no text of it`, () => {
    const [problem, ...more] = problemsOf({ p: source });
    assert.deepEqual(more, []);
    assert.doesNotMatch(problem!, /secret/);
  });
}

Deno.test("checkPrompts: an ignored setting is a warning, once for each prompt that has it", () => {
  const { problems, warnings } = checkPrompts([
    { name: "a", source: "---\ntemperature: 1\n---\nHi" },
    { name: "b", source: "---\nconfig: { temperature: 1 }\n---\nHi" },
    { name: "c", source: "---\ntopK: 1\n---\nHi" },
  ]);
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings.map(({ prompt, message }) => [prompt, message.split(" has ")[0]]), [
    ["a", 'the frontmatter\'s "temperature"'],
    ["c", 'the frontmatter\'s "topK"'],
  ]);
});
