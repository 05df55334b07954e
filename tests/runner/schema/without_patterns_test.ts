import assert from "assert";
import { withoutPatterns } from "../../../runner/schema/without_patterns.ts";

const cases: [what: string, schema: Record<string, unknown>, left: Record<string, unknown>][] = [
  [
    "an expression, and not a field of that name",
    { properties: { pattern: { type: "string", pattern: "a+" } }, required: ["pattern"] },
    { properties: { pattern: { type: "string" } }, required: ["pattern"] },
  ],
  [
    "fields by an expression, and what is said of all others",
    { patternProperties: { "^x": {} }, additionalProperties: false, type: "object" },
    { type: "object" },
  ],
  [
    "what refuses more where less is said",
    { not: { pattern: "a" }, type: "string" },
    { type: "string" },
  ],
  [
    "a condition with what follows from it",
    { if: { properties: { a: { pattern: "a" } } }, then: false, else: { required: ["b"] } },
    {},
  ],
  [
    "the choice of exactly one",
    { oneOf: [{ pattern: "^a" }, { pattern: "^b" }, { type: "null" }] },
    { anyOf: [{}, {}, { type: "null" }] },
  ],
  ["an expression that a format asks for", { items: { format: "regex", pattern: "a" } }, {
    items: {},
  }],
];
for (const [what, schema, left] of cases) {
  Deno.test(`withoutPatterns takes out ${what}`, () => {
    assert.deepEqual(withoutPatterns(schema), left);
  });
}

Deno.test("withoutPatterns leaves a schema that has none as it is", () => {
  const schema = {
    properties: { pattern: { const: { pattern: "a" } } },
    not: { required: ["a"] },
    oneOf: [{ type: "string" }, { type: "null" }],
    additionalProperties: false,
  };
  assert.equal(withoutPatterns(schema), schema);
});
