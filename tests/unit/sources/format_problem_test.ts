import assert from "assert";
import { formatProblem } from "../../../shared/sources/format_problem.ts";

const problem = { file: "flows.yaml", line: 3, column: 8, message: "what is wrong" };

Deno.test("a problem is its place and its message", () => {
  assert.equal(formatProblem(problem), "flows.yaml:3:8: what is wrong");
  assert.equal(formatProblem({ file: "x", message: "is gone" }, "kind: A"), "x: is gone");
});

Deno.test("with the file's text, a problem shows the line and points at the column", () => {
  assert.equal(
    formatProblem(problem, "kind: Flow\nspec:\n  port: abc\n"),
    ["flows.yaml:3:8: what is wrong", "    3 |   port: abc", "      |        ^"].join("\n"),
  );
});

Deno.test("of a long line, only what surrounds the place is shown", () => {
  const text = `kind: Flow # ${"x".repeat(1000)}!${"y".repeat(1000)}`;
  const [, line, caret] = formatProblem({ ...problem, line: 1, column: 1014 }, text).split("\n");
  assert.equal(line!.length, 8 + 80);
  assert.equal(line![caret!.indexOf("^")], "!");
});

Deno.test("no line of what may be a Secret is shown, but those of documents beside it are", () => {
  const secrets = [
    "apiVersion: v1\nkind: Secret\ndata:\n  key: hunter2",
    "kind: List\nitems: [{kind: Secret, data: {key: hunter2}}]",
    '{"items":[{"kind":"Secret"}],\n"key":"hunter2"}',
    "kind: Sercet\nstringData:\n  key: hunter2",
    "key: hunter2",
  ];
  for (const secret of secrets) {
    const text = `kind: Flow\nx: shown\n---\n${secret}\n---\nkind: Flow\nname: last`;
    const lines = text.split("\n");
    const at = (line: number) => formatProblem({ ...problem, line: line + 1, column: 1 }, text);
    lines.forEach((line, index) => {
      if (line.includes("hunter2")) assert.doesNotMatch(at(index), /hunter2|\|/, secret);
    });
    assert.match(at(1), /x: shown/);
    assert.match(at(lines.length - 1), /name: last/);
  }
});

Deno.test("control characters of a file do not reach the terminal", () => {
  const text = "kind: Flow\nspec:\n  \x1b[2Jx: \x9b1m\tend\n";
  const shown = formatProblem({ ...problem, file: "a\x1bb.yaml" }, text);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(shown.replaceAll("\n", ""), /[\u0000-\u001f\u007f-\u009f]/);
});

Deno.test("a place beyond the end of the text shows no line", () => {
  assert.doesNotMatch(formatProblem({ ...problem, line: 99 }, "kind: Flow\n"), /undefined/);
});

Deno.test("formatProblem shows each file's own line, whichever was shown before", () => {
  const texts = ["kind: Flow\nname: one\n", "kind: Flow\nname: two\n"];
  const shown = [0, 0, 1, 0].map((index) => {
    const text = texts[index]!;
    return formatProblem({ file: "f.yaml", line: 2, column: 7, message: "x" }, text).split("\n")[1];
  });
  const [one, two] = ["    2 | name: one", "    2 | name: two"];
  assert.deepEqual(shown, [one, one, two, one]);
});
