import assert from "assert";
import { schemaSample } from "../../../runner/schema/schema_sample.ts";
import { schemaMismatch } from "../../../runner/schema/schema_mismatch.ts";
import { patternSample } from "../../../runner/schema/pattern_sample.ts";
import type { JsonSchema } from "../../../runner/schema/json_schema.ts";

const object = (properties: JsonSchema, more: JsonSchema = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});

const samples: Record<string, [schema: JsonSchema, sample: unknown]> = {
  "a text is its field's name": [object({ name: { type: "string" } }), { name: "name" }],
  "optional fields are there": [object({ a: { type: "boolean" } }, { required: [] }), { a: true }],
  "const": [{ const: 7 }, 7],
  "default": [{ type: "string", default: "x" }, "x"],
  "examples": [{ type: "string", examples: ["y", "z"] }, "y"],
  "enum": [{ enum: ["red", "green"] }, "red"],
  "null among the types": [{ type: ["null", "integer"] }, 1],
  "null": [{ type: "null" }, null],
  "minimum": [{ type: "integer", minimum: 5 }, 5],
  "exclusiveMinimum": [{ type: "integer", exclusiveMinimum: 5 }, 6],
  "maximum": [{ type: "integer", maximum: -3 }, -3],
  "exclusiveMaximum": [{ type: "integer", exclusiveMaximum: -3 }, -4],
  "multipleOf": [{ type: "integer", multipleOf: 5, minimum: 7 }, 10],
  "multipleOf alone": [{ type: "integer", multipleOf: 5 }, 5],
  "between two numbers": [{ type: "number", minimum: 0.2, maximum: 0.4 }, 0.30000000000000004],
  "minLength": [{ type: "string", minLength: 8 }, "texttext"],
  "maxLength": [{ type: "string", maxLength: 2 }, "te"],
  "minItems": [{ type: "array", items: { type: "integer" }, minItems: 2 }, [1, 1]],
  "maxItems": [{ type: "array", items: { type: "integer" }, maxItems: 0 }, []],
  "uniqueItems": [
    { type: "array", items: { type: "string" }, minItems: 2, uniqueItems: true },
    ["text", "text1"],
  ],
  "uniqueItems of allowed words": [
    { type: "array", items: { enum: ["a", "b"] }, minItems: 2, uniqueItems: true },
    ["a", "b"],
  ],
  "an item's text is the singular": [
    object({ tags: { type: "array", items: { type: "string" } } }),
    { tags: ["tag"] },
  ],
  "additional properties that are required": [
    { type: "object", required: ["a"], additionalProperties: { type: "integer" } },
    { a: 1 },
  ],
  "minProperties": [
    { type: "object", minProperties: 2, additionalProperties: { type: "integer" } },
    { key1: 1, key2: 1 },
  ],
  "$ref": [
    { ...object({ a: { $ref: "#/$defs/b~1c" } }), $defs: { "b/c": { type: "integer" } } },
    { a: 1 },
  ],
  "allOf": [{ allOf: [object({ a: { type: "integer" } }), object({ b: { const: 2 } })] }, {
    a: 1,
    b: 2,
  }],
  "anyOf": [{ anyOf: [{ type: "integer" }, { type: "string" }] }, 1],
  "oneOf": [{ oneOf: [{ type: "boolean" }, { type: "string" }] }, true],
  "pattern": [{ type: "string", pattern: "^[A-Z]{3}-\\d{2,4}$" }, "AAA-00"],
};

for (const [name, [schema, sample]] of Object.entries(samples)) {
  Deno.test(`a sample of a schema: ${name}`, () => {
    assert.deepEqual(schemaSample(schema), sample);
    assert.equal(schemaMismatch(sample, schema), undefined);
  });
}

for (
  const format of [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "json-pointer",
    "time",
    "uri",
    "uri-reference",
    "url",
    "uuid",
  ]
) {
  Deno.test(`a sample of the format ${format} fits`, () => {
    const schema = { type: "string", format };
    assert.equal(schemaMismatch(schemaSample(schema), schema), undefined);
    assert.notEqual(schemaMismatch(" ", schema), undefined, "the format is checked at all");
  });
}

Deno.test("a schema that contains itself has a sample that ends", () => {
  const tree = { $defs: { node: object({ name: { type: "string" } }) }, $ref: "#/$defs/node" };
  Object.assign(tree.$defs.node.properties, {
    children: { type: "array", items: { $ref: "#/$defs/node" } },
  });
  assert.equal(schemaMismatch(schemaSample(tree), tree), undefined);
  const endless = { $defs: { a: object({}) }, $ref: "#/$defs/a" };
  Object.assign(endless.$defs.a, { properties: { a: { $ref: "#/$defs/a" } }, required: ["a"] });
  schemaSample(endless);
  schemaSample({ $ref: "#" });
  schemaSample({ allOf: [{ $ref: "#" }] });
});

const patterns: Record<string, string | undefined> = {
  "^a+b*c?$": "a",
  "^(foo|bar){2}$": "foofoo",
  "^(?:x|y)[^a]$": "xA",
  "^\\w+@\\w+\\.com$": "a@a.com",
  "^[\\d.]+$": "0",
  "^(?=a)a$": undefined,
  "^(a)\\1$": undefined,
  "^\\p{L}$": undefined,
  "[": undefined,
};

for (const [pattern, sample] of Object.entries(patterns)) {
  Deno.test(`a sample of the pattern ${pattern} is ${sample}`, () => {
    assert.equal(patternSample(pattern), sample);
  });
}
