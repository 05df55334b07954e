import assert from "assert";
import { schemaMismatch } from "../../../runner/schema/schema_mismatch.ts";

const schema = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1 },
    color: { enum: ["red", "green"] },
    kind: { const: "a" },
    list: {
      type: "array",
      items: {
        type: "object",
        properties: { n: { type: "integer" } },
        additionalProperties: false,
      },
    },
    other: { $ref: "#/$defs/word" },
  },
  required: ["name"],
  additionalProperties: false,
  $defs: { word: { enum: ["x"] } },
};

const cases: Record<string, [value: unknown, mismatch: string | undefined]> = {
  "fits": [{ name: "Ann", color: "red", list: [{ n: 1 }], other: "x" }, undefined],
  "another type": [{ name: 1 }, 'at "name": it must be string'],
  "no object": ["Ann", "it must be object"],
  "a missing field": [{}, 'it must have "name"'],
  "too short": [{ name: "" }, 'at "name": it must NOT have fewer than 1 characters'],
  "no allowed word": [
    { name: "Ann", color: "blue" },
    'at "color": it must be one of "red", "green"',
  ],
  "no allowed word, through a reference": [
    { name: "Ann", other: "y" },
    'at "other": it must be one of "x"',
  ],
  "another constant": [{ name: "Ann", kind: "b" }, 'at "kind": it must be "a"'],
  "an unknown field": [
    { name: "Ann", colour: "red" },
    'it must not have "colour" (did you mean "color"?); ' +
    'it may have "name", "color", "kind", "list", "other"',
  ],
  "an unknown field further down": [
    { name: "Ann", list: [{ n: 1 }, { m: 2 }] },
    'at "list.1": it must not have "m"; it may have "n"',
  ],
};

for (const [name, [value, mismatch]] of Object.entries(cases)) {
  Deno.test(`what does not fit a schema is told: ${name}`, () => {
    assert.equal(schemaMismatch(value, schema), mismatch);
  });
}
