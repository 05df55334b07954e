import assert from "assert";
import { checkSamples } from "../../../shared/datasets/check_samples.ts";

const text = { type: "string" };
const of = (properties: Record<string, unknown>) => ({ type: "object", properties });

const wrong: [string, unknown, unknown, string][] = [
  [
    "a missing field",
    { required: ["q"] },
    {},
    'sample 0: Instance does not have required property "q"',
  ],
  ["a field of another type", of({ q: text }), { q: 1 }, "sample 0, /q: Instance type"],
  ["a field deep inside", of({ q: { items: of({ a: text }) } }), { q: [{}, { a: 1 }] }, "/q/1/a:"],
  ["a field too many", { additionalProperties: false }, { x: 1 }, "sample 0, /x: is not allowed"],
  [
    "none of several",
    { anyOf: [text, { type: "null" }] },
    1,
    "sample 0: Instance does not match any",
  ],
  ["a reference", { $ref: "#/$defs/t", $defs: { t: text } }, 1, 'type "number" is invalid'],
  ["a field called pattern", of({ pattern: text }), { pattern: 1 }, "sample 0, /pattern:"],
  ["a value with a word of schemas", { const: { pattern: "x" } }, {}, "sample 0: "],
];

for (const [name, schema, sample, expected] of wrong) {
  Deno.test(`schema of samples: tells ${name}`, async () => {
    const { wrong: [first] } = await checkSamples([sample], schema);
    assert.ok(first?.includes(expected), String(first));
  });
}

const fits: [string, unknown, unknown][] = [
  ["everything fits an empty schema", {}, 1],
  ["a value with a word of schemas", { enum: [{ pattern: "x" }] }, { pattern: "x" }],
  ["format only describes", { format: "date" }, "no date"],
  [
    "draft-07, where it is named: what stands beside a $ref does not count",
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      $ref: "#/definitions/a",
      type: "string",
      definitions: { a: {} },
    },
    1,
  ],
  ["recursive schemas", { properties: { next: { $ref: "#" } }, type: "object" }, {
    next: { next: {} },
  }],
];

for (const [name, schema, sample] of fits) {
  Deno.test(`schema of samples: ${name}`, async () => {
    assert.deepEqual(await checkSamples([sample], schema), { wrong: [] });
  });
}

const unusable: [string, unknown, RegExp][] = [
  ["no object", [], /^spec\.schema is \[\], should be a JSON Schema$/],
  [
    "a reference to nothing",
    { $ref: "#/$defs/x" },
    /^spec\.schema cannot be used: Unresolved \$ref/,
  ],
  ["a circle", { allOf: [{ $ref: "#" }] }, /^spec\.schema cannot be used: Maximum call stack/],
];

for (const [name, schema, expected] of unusable) {
  Deno.test(`schema of samples: refuses ${name}`, async () => {
    const { wrong: [first] } = await checkSamples([1], schema);
    assert.match(first!, expected);
  });
}

Deno.test("schema of samples: at most ten faulty samples are told, and how many more there are", async () => {
  const { wrong } = await checkSamples(Array(25).fill(1), text);
  assert.equal(wrong.length, 11);
  assert.match(wrong[9]!, /^sample 9: /);
  assert.equal(wrong[10], "and 15 more samples do not fit spec.schema");
});

Deno.test("schema of samples: expressions are not evaluated, the rest is", async () => {
  const schema = of({ q: { type: "string", pattern: "^(a+)+$" } });
  assert.deepEqual(await checkSamples([{ q: `${"a".repeat(40)}b` }], schema), {
    wrong: [],
    unchecked: "pattern of spec.schema are not checked",
  });
  assert.equal((await checkSamples([{ q: 1 }], schema)).wrong.length, 1);
});

const misleading: [string, unknown][] = [
  ["not", { not: { pattern: "^a" } }],
  ["oneOf", { oneOf: [{ pattern: "^a" }, { pattern: "^b" }] }],
  ["a reference under if", {
    if: { $ref: "#/$defs/p" },
    then: false,
    $defs: { p: { pattern: "x" } },
  }],
];

for (const [name, schema] of misleading) {
  Deno.test(`schema of samples: a sample is never refused for what was left out: ${name}`, async () => {
    const { wrong, unchecked } = await checkSamples(["b"], schema);
    assert.deepEqual(wrong, []);
    assert.match(unchecked!, /^spec\.schema is not checked: it uses pattern under conditions$/);
  });
}

Deno.test("schema of samples: nor for fields that match a pattern", async () => {
  const schema = { patternProperties: { "^x-": {} }, additionalProperties: false };
  assert.deepEqual((await checkSamples([{ "x-a": 1 }], schema)).wrong, []);
});

Deno.test("schema of samples: references that multiply come to an end", async () => {
  const names = [...Array(64).keys()];
  const $defs = Object.fromEntries(names.map((n) => {
    const next = { $ref: `#/$defs/d${n + 1}` };
    return [`d${n}`, n === 63 ? {} : { allOf: [next, next] }];
  }));
  const { wrong, unchecked } = await checkSamples([1], { $ref: "#/$defs/d0", $defs });
  assert.deepEqual(wrong, []);
  assert.equal(unchecked, "not all samples are checked by spec.schema: that is too much work");
});

Deno.test("schema of samples: ten thousand plain samples are not too much", async () => {
  const schema = { ...of({ q: text, a: { items: text } }), required: ["q"] };
  const samples = Array.from({ length: 10_000 }, () => ({ q: "hi".repeat(20), a: ["x", "y"] }));
  assert.deepEqual(await checkSamples(samples, schema), { wrong: [] });
});
