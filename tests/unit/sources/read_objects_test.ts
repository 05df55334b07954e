import assert from "assert";
import { readObjects } from "../../../shared/sources/read_objects.ts";

function read(text: string, file = "f.yaml") {
  const { objects, problems } = readObjects(new Map([[file, text]]));
  return {
    objects,
    values: objects.map(({ value }) => value),
    problems: problems.map(({ file, line, column, message }) =>
      `${file}:${line}:${column}: ${message}`
    ),
  };
}

/** A named object, so that it counts for identity. */
const flow = (name: string, namespace?: string) =>
  `apiVersion: genkit.dev/v1alpha1\nkind: Flow\nmetadata:\n  name: ${name}\n` +
  (namespace === undefined ? "" : `  namespace: ${namespace}\n`);

Deno.test("each document of a file is an object; empty ones are passed over", () => {
  const { values, problems } = read("# first\n---\na: 1\n---\n# nothing\n---\n---\nb: 2\n...\n");
  assert.deepEqual(values, [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(problems, []);
});

Deno.test("files with byte order marks may be put one after the other", () => {
  const marked = `\uFEFF---\na: 2\n---\n\uFEFFb: 3\n`;
  assert.deepEqual(read(`a: 1\n${marked}`).values, [{ a: 1 }, { a: 2 }, { b: 3 }]);
  assert.deepEqual(read(`${marked}---\n\uFEFFc: 1\nc: 2\n`).problems, [
    "f.yaml:7:1: not valid YAML (what may be a Secret is not quoted)",
  ]);
});

Deno.test("texts give the values that Kubernetes users expect", () => {
  const cases: [string, unknown][] = [
    ["a: 012", { a: 12 }],
    ["a: 0x1f", { a: 31 }],
    ["a: on\nb: yes", { a: "on", b: "yes" }],
    ["a: ~\nb:", { a: null, b: null }],
    ["a: 1e3", { a: 1000 }],
    ["a: 2026-01-01", { a: "2026-01-01" }],
    ["a: |\n  ---\n  x: 1\n  ---\n  Hi\n", { a: "---\nx: 1\n---\nHi\n" }],
    ["1: a\ntrue: b", { 1: "a", true: "b" }],
    ["a: 1\r\nb: [x,\r\n  y]\r\n", { a: 1, b: ["x", "y"] }],
    ["%YAML 1.2\n---\na: 1", { a: 1 }],
    ["--- {a: 1}", { a: 1 }],
  ];
  for (const [text, value] of cases) assert.deepEqual(read(text).values, [value], text);
});

Deno.test("a key named __proto__ is data", () => {
  const [value] = read("__proto__: {polluted: true}").values as Record<string, unknown>[];
  assert.deepEqual(Object.keys(value!), ["__proto__"]);
  assert.equal(value!.polluted, undefined);
});

Deno.test("JSON files are read, indented with tabs as well", () => {
  const text = '{\n\t"a": [\n\t\t"\\u00e9",\n\t\tnull\n\t]\n}\n';
  assert.deepEqual(read(text, "f.json").values, [{ a: ["é", null] }]);
});

Deno.test("anchors, aliases and merge keys stand for what they name", () => {
  const text = "base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nboth: {<<: [{y: 4}, *b]}\nagain: *b\n";
  assert.deepEqual(read(text).values, [{
    base: { x: 1, y: 2 },
    use: { x: 1, y: 3 },
    both: { y: 4, x: 1 },
    again: { x: 1, y: 2 },
  }]);
});

Deno.test("one anchor may be used many times", () => {
  const uses = Array.from({ length: 500 }, (_, i) => `u${i}: *m\n`).join("");
  const { values, problems } = read(`model: &m {name: x}\n${uses}`);
  assert.equal(Object.keys(values[0] as object).length, 501);
  assert.deepEqual(problems, []);
});

Deno.test("lists are opened, whatever their kind, lists in lists too", () => {
  const { values, objects, problems } = read(
    "apiVersion: v1\nkind: List\nitems:\n- a: 1\n- kind: FlowList\n  items:\n  - b: 2\n" +
      "- kind: FlowList\n---\nkind: List\nitems: null\n",
  );
  assert.deepEqual(values, [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(objects.map(({ line, column }) => [line, column]), [[4, 3], [7, 5]]);
  assert.deepEqual(problems, []);
});

Deno.test("what is no object, or no list where one should be, is a problem", () => {
  const { problems } = read(
    "- a\n---\nhello\n---\nkind: List\nitems: {a: 1}\n---\nkind: List\nitems: [3]",
  );
  const should = "it should be an object with apiVersion, kind and metadata";
  assert.deepEqual(problems, [
    `f.yaml:1:1: found a list; ${should}`,
    `f.yaml:3:1: found a string; ${should}`,
    "f.yaml:6:1: items of a List is an object; it should be a list",
    `f.yaml:9:9: found a number; ${should}`,
  ]);
});

Deno.test("a slip is told once, with its place", () => {
  const cases: [string, string][] = [
    ["kind: A\nx: 1\nx: 2", '3:1: key "x" is already set in this map'],
    ['kind: A\nm:\n  "a b": 1\n  a b: 2', '4:3: key "a b" is already set in this map'],
    ['{"kind": "A",\n "x": 1, "x": 2}', '2:10: key "x" is already set in this map'],
    ["kind: A\nspec:\n\tx: 1", "3:1: a tab is used to indent; it should be spaces"],
    ['kind: A\nx: "open\ny: 1\n', "4:1: a quote is not closed"],
    [
      "kind: A\ntitle: one: two",
      '2:8: a value that holds ": " should be quoted, or its key be indented as its neighbours',
    ],
    ["kind: A\nx: @home", "2:4: Plain value cannot start with reserved character @"],
    ["kind: A\nx: !env HOME", "2:4: Unresolved tag: !env"],
    ["kind: A\nx: *none", '2:4: alias "*none" has no anchor before it'],
    ["kind: A\nx: &a [*a]", '2:8: alias "*a" is inside its own anchor'],
    ["kind: A\n...\nkind: B", '3:1: a second document begins here; it should be set off by "---"'],
  ];
  for (const [text, problem] of cases) {
    const { problems, values } = read(text);
    assert.deepEqual([problems, values], [[`f.yaml:${problem}`], []], text);
  }
});

Deno.test("a broken document leaves the others of its file, and keeps its own line", () => {
  const broken = ['q: "open', "b: [1, 2", "t:\n\tx: 1", "s: 'x", "c: {a", "i: 1\n  j: 2\n k: 3"];
  for (const text of broken) {
    const { values, problems } = read(
      `a: 1\n---\nkind: A\n${text}\n---\nc: 3\n---\nkind: A\n!\n x:`,
    );
    assert.deepEqual(values.slice(0, 2), [{ a: 1 }, { c: 3 }], text);
    assert.match(problems[0]!, /^f\.yaml:[3-7]:/, text);
  }
});

Deno.test("aliases that expand without bound are refused", () => {
  const level = (i: number) => `a${i}: &a${i} [${Array(10).fill(`*a${i - 1}`).join(", ")}]\n`;
  const bomb = `kind: A\na0: &a0 lol\n${
    Array.from({ length: 12 }, (_, i) => level(i + 1)).join("")
  }`;
  const { problems, values } = read(bomb);
  assert.deepEqual(values, []);
  assert.match(problems.join(), /its aliases expand to more than 32 MiB$/);
});

Deno.test("a document that is nested too deeply is refused, by itself or by aliases", () => {
  const nested = (depth: number) => `kind: A\nx: ${"[".repeat(depth)}${"]".repeat(depth)}`;
  const chain = (length: number) =>
    `kind: A\na0: &a0 x\n${
      Array.from({ length }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`).join("")
    }`;
  for (const text of [nested(499), chain(499)]) assert.deepEqual(read(text).problems, []);
  for (const text of [nested(500), chain(500)]) {
    assert.match(read(text).problems.join(), /: nested more than 500 levels deep$/);
  }
  assert.match(read(nested(20_000)).problems.join(), /: nested too deeply to be read$/);
});

Deno.test("messages quote nothing of what may be a Secret", () => {
  const broken = [
    '"hunter2',
    "*hunter2",
    "!hunter2 x",
    "}hunter2",
    '"\\hunter2"',
    "1\n hunter2: 2\nx",
  ];
  for (const text of broken) {
    for (const head of ["kind: Secret", '"kind" :  "Secret"', "kind:\n  Secret", "data: {}"]) {
      const { problems } = read(`${head}\npassword: ${text}\n`);
      assert.equal(problems.length, 1, text);
      assert.match(problems[0]!, /: not valid YAML \(what may be a Secret is not quoted\)$/);
    }
  }
});

Deno.test("two objects of one identity are a problem that names both; the first is kept", () => {
  const { objects, problems } = readObjects(
    new Map([
      ["a.yaml", `${flow("x")}---\n${flow("y")}`],
      ["b.yaml", `${flow("x", "default").replace("v1alpha1", "v1")}---\n${flow("y", "demo")}`],
    ]),
  );
  assert.deepEqual(objects.map(({ file, line }) => [file, line]), [
    ["a.yaml", 1],
    ["a.yaml", 6],
    ["b.yaml", 7],
  ]);
  assert.deepEqual(problems, [{
    file: "b.yaml",
    line: 1,
    column: 1,
    message: 'Flow "default/x" is defined twice; the other is at a.yaml:1:1',
  }]);
});

Deno.test("kinds that genkitd passes over may stand there twice", () => {
  const patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n";
  const { objects, problems } = read(`${patch}---\n${patch}`);
  assert.deepEqual([objects.length, problems], [2, []]);
});

Deno.test("a field's place is that of its value, or of its key where the value is a block", () => {
  const [object] = read(
    [
      "# comment",
      "---",
      "spec:", // 3
      "  port: abc",
      "  empty:",
      "  model: &m {name: opus}",
      "  flows:", // 7
      "    - name: a",
      "      modelRef:", // 9
      "        name: b",
      "    - {name: c, modelRef: *m}", // 11
      "    - <<: *m",
      "      x: 1",
    ].join("\n"),
  ).objects;
  const cases: [(string | number)[], [number, number]][] = [
    [[], [3, 1]],
    [["spec"], [3, 1]],
    [["spec", "port"], [4, 9]],
    [["spec", "port", "deeper"], [4, 9]],
    [["spec", "empty"], [5, 3]],
    [["spec", "flows"], [7, 3]],
    [["spec", "flows", 0], [8, 7]],
    [["spec", "flows", 0, "modelRef"], [9, 7]],
    [["spec", "flows", 0, "modelRef", "name"], [10, 15]],
    [["spec", "flows", 0, "modelRef", "nmae"], [9, 7]],
    [["spec", "flows", 1, "modelRef"], [11, 27]],
    [["spec", "flows", 1, "modelRef", "name"], [6, 20]],
    [["spec", "flows", 2, "name"], [6, 20]],
    [["spec", "flows", 9], [7, 3]],
    [["spec", "flows", "x"], [7, 3]],
    [["nothing"], [3, 1]],
  ];
  for (const [path, [line, column]] of cases) {
    assert.deepEqual(object!.locate(path), { line, column }, path.join("."));
  }
});

Deno.test("an item of a list is located from the item on", () => {
  const [object] = read("kind: List\nitems:\n- spec:\n    port: x\n").objects;
  assert.deepEqual(object!.locate(["spec", "port"]), { line: 4, column: 11 });
  assert.deepEqual(object!.locate([]), { line: 3, column: 3 });
});

Deno.test("the FlowSet example is read without a problem", async () => {
  const text = await Deno.readTextFile(
    new URL("../../../examples/assistants.yaml", import.meta.url),
  );
  const { problems, objects } = read(text);
  assert.deepEqual(problems, []);
  assert.ok(objects.length > 0);
});

Deno.test("a line of a text is found, and the text where it has no such line", () => {
  const text = "a:\n  b: |\n    one\n\n      three\n    four\n  c: >-\n    one\n    two\n" +
    '  d: "one\\ntwo"\n  e: |4\n\n      two\n' +
    "  f: >\n    one two\n    three\n\n    two one\n  g: 'a two\n\n    two'\n";
  const { objects: [object] } = read(text);
  const cases: [string, number, line: number, column: number][] = [
    ["b", 1, 3, 5],
    ["b", 3, 5, 7],
    ["b", 4, 6, 5],
    ["b", 9, 2, 6],
    ["c", 2, 7, 6],
    ["d", 2, 10, 12],
    ["d", 3, 10, 6],
    ["e", 2, 13, 7],
    ["f", 1, 15, 5],
    ["f", 2, 18, 5],
    ["g", 2, 21, 5],
  ];
  for (const [key, textLine, line, column] of cases) {
    assert.deepEqual(object!.locate(["a", key], textLine), { line, column }, `${key} ${textLine}`);
  }
});
