import assert from "assert";
import {
  ignoredSettings,
  parsePromptSource,
  PromptError,
} from "../../../shared/flows/prompt_source.ts";

const sources: [string, string, Record<string, unknown>, string, number][] = [
  ["no frontmatter", "Hi\nyou", {}, "Hi\nyou", 1],
  ["frontmatter", "---\nmodel: a/b\n---\nHi", { model: "a/b" }, "Hi", 4],
  ["frontmatter without a line", "---\n---\nHi", {}, "Hi", 3],
  ["frontmatter of a blank line", "---\n\n---\nHi", {}, "Hi", 4],
  ["frontmatter of a comment", "---\n# later\n---\nHi", {}, "Hi", 4],
  ["lines that end as on Windows", "---\r\nmodel: a\r\n---\r\nHi", { model: "a" }, "Hi", 4],
  ["blanks after the dashes", "--- \nmodel: a\n---\t\nHi", { model: "a" }, "Hi", 4],
  ["a byte order mark", "\uFEFF---\nmodel: a\n---\nHi", { model: "a" }, "Hi", 4],
  ["dashes in the template", "---\na.b: 1\n---\nHi\n---\nyou", { "a.b": 1 }, "Hi\n---\nyou", 4],
  ["dashes that are text", "--- no frontmatter", {}, "--- no frontmatter", 1],
];
for (const [what, source, frontmatter, template, templateLine] of sources) {
  Deno.test(`parsePromptSource: a source with ${what}`, () => {
    assert.deepEqual(parsePromptSource(source), { frontmatter, template, templateLine });
  });
}

const YAML = "the frontmatter is not valid YAML";
const SHAPE = "line 2: the frontmatter must be a mapping of names to values";
const faults: [string, string, string | RegExp][] = [
  ["an empty source", "", "the template is empty"],
  ["a source of blanks", " \n\t", "the template is empty"],
  ["a source of frontmatter only", "---\nmodel: a\n---", "the template is empty"],
  [
    "a frontmatter that is not closed",
    "---\nmodel: a\nHi",
    'line 1: the frontmatter is not closed: a second line "---" is missing',
  ],
  [
    "a frontmatter after a blank line",
    "\n---\nmodel: a\n---\nHi",
    'line 1: the frontmatter must start on the first line, and blank space stands before its "---"',
  ],
  ["a frontmatter that is a text", "---\nfoo\n---\nHi", SHAPE],
  ["a frontmatter that is a number", "---\n1\n---\nHi", SHAPE],
  [
    "a fault in its third line",
    "---\na: 1\nb: 2\n c: 3\n---\nHi",
    new RegExp(`^line [34]: ${YAML}`),
  ],
  ["a name twice", "---\na: 1\na: 2\n---\nHi", `line 3: ${YAML}: Map keys must be unique`],
  [
    "aliases that would fill the memory",
    `---\na: &a [x, x]\n${
      [..."bcdefgh"].map((name, index) =>
        `${name}: &${name} [${`*${"abcdefg"[index]},`.repeat(9)}]`
      )
        .join("\n")
    }\n---\nHi`,
    new RegExp(`^line 2: ${YAML}`),
  ],
];
for (const [what, source, message] of faults) {
  Deno.test(`parsePromptSource: ${what} is refused`, () => {
    assert.throws(() => parsePromptSource(source), (error) => {
      assert.ok(error instanceof PromptError);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  });
}

for (
  const yaml of [
    'a: "secret',
    "a: b\n}secret",
    "a: *secret",
    "%secret",
    "a: 'x' secret",
    "? [secret\n: x",
    "a: b: secret",
    "\tsecret: x",
    "a: |secret\n  x",
    "secret: 1\nsecret: 2",
    "- a\nsecret: x",
    "a: {b: c\n} secret",
    "...\nsecret",
  ]
) {
  Deno.test(`parsePromptSource: the message about ${JSON.stringify(yaml)} quotes no text of it`, () => {
    assert.throws(
      () => parsePromptSource(`---\n${yaml}\n---\nHi`),
      (error) => error instanceof PromptError && !error.message.includes("secret"),
    );
  });
}

Deno.test("ignoredSettings: what Genkit reads elsewhere only, but not extensions", () => {
  const frontmatter = { model: "a", config: {}, temperature: 1, "my.ext": 1, topP: 1, input: {} };
  assert.deepEqual(ignoredSettings(frontmatter), ["temperature", "topP"]);
});
