import assert from "assert";
import { indentedCode, mentions, pageBlocks } from "./page_blocks.ts";
import { shellCommands } from "./shell_commands.ts";

const PAGE = `# Page

Run \`git checkout
examples\`, or \`x\`.

\`\`\`sh
one   # a comment
cat <<'END'
\`not a mention\`
END
\`\`\`

- in a list:

  \`\`\`yaml title=a.yaml
  a: 1
    b: 2
  \`\`\`

    indented
`;

Deno.test("pageBlocks: language, text and line of each fenced block", () => {
  assert.deepEqual(pageBlocks(PAGE), [
    { line: 6, language: "sh", text: "one   # a comment\ncat <<'END'\n`not a mention`\nEND" },
    { line: 15, language: "yaml", text: "a: 1\n  b: 2" },
  ]);
});

Deno.test("pageBlocks: a fence that is not closed is refused", () => {
  assert.throws(() => pageBlocks("a\n```sh\nb"), /the fence at line 2 is not closed/);
});

Deno.test("mentions: code in the running text that begins with a program, not in blocks", () => {
  assert.deepEqual(mentions(PAGE, ["git", "not"]), [{ line: 3, text: "git checkout examples" }]);
});

Deno.test("indentedCode: code without a fence is found", () => {
  assert.deepEqual(indentedCode(PAGE), ["indented"]);
});

const COMMANDS: [what: string, text: string, commands: [line: number, text: string][]][] = [
  ["lines", "a\n\n# of its own\nb | c", [[7, "a"], [10, "b | c"]]],
  ["a backslash", "a \\\n  b\nc", [[7, "a \\\n  b"], [9, "c"]]],
  ["a here-document", "a <<'END'\nb\nEND\nc", [[7, "a <<'END'\nb\nEND"], [10, "c"]]],
  ["quotes over lines", "a '\nb'\nc", [[7, "a '\nb'"], [9, "c"]]],
  ["a function", "f() {\n  a\n}", [[7, "f() {\n  a\n}"]]],
];

for (const [what, text, commands] of COMMANDS) {
  Deno.test(`shellCommands: ${what}`, async () => {
    const found = await shellCommands(text, 7);
    assert.deepEqual(found, commands.map(([line, text]) => ({ line, text })));
  });
}

Deno.test("shellCommands: a command without an end is refused", async () => {
  await assert.rejects(shellCommands("a\nb <<END\nc", 1), /line 2 has no end/);
});
