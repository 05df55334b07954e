import assert from "assert";
import { hasStructuredOutputs } from "../../../../runner/providers/anthropic/claude_model.ts";
import { strictSchema } from "../../../../runner/providers/anthropic/strict_schema.ts";

const text = { type: "string" };

Deno.test("strictSchema: objects are closed, limits are left out", () => {
  const schema = {
    type: "object",
    required: ["a"],
    properties: {
      a: { type: "string", description: "A", minLength: 3, pattern: "^a", format: "email" },
      b: { type: "array", maxItems: 3, items: { type: "object", properties: { c: text } } },
      d: { anyOf: [{ type: "null" }, { enum: [1, 2] }] },
    },
  };
  assert.deepEqual(strictSchema(schema), {
    type: "object",
    required: ["a"],
    additionalProperties: false,
    properties: {
      a: { type: "string", description: "A", format: "email" },
      b: {
        type: "array",
        items: { type: "object", properties: { c: text }, additionalProperties: false },
      },
      d: { anyOf: [{ type: "null" }, { enum: [1, 2] }] },
    },
  });
});

const notStrict: Record<string, unknown> = {
  "a root that is no object": { type: "array", items: text },
  "a map": { type: "object", additionalProperties: text, properties: { a: text } },
  "an object of any fields": { type: "object" },
  "anything": { type: "object", properties: { a: {} } },
  "a reference": { type: "object", properties: { a: { $ref: "#/$defs/a" } } },
  "a choice of one": { type: "object", properties: { a: { oneOf: [text] } } },
};
for (const [name, schema] of Object.entries(notStrict)) {
  Deno.test(`strictSchema: ${name} cannot be said`, () => {
    assert.equal(strictSchema(schema), undefined);
  });
}

Deno.test("hasStructuredOutputs: Claude 4.5 and later", () => {
  const yes = [
    "claude-sonnet-4-5",
    "claude-haiku-4-5-20251001",
    "claude-opus-4-6",
    "claude-opus-5",
    "claude-opus-5-5",
    "claude-sonnet-4-5@20250929",
  ];
  const no = [
    "claude-3-5-sonnet-20241022",
    "claude-opus-4-1",
    "claude-opus-4-1-20250805",
    "claude-opus-4-20250514",
    "claude-sonnet-4",
    "my-model",
  ];
  assert.deepEqual([...yes, ...no].filter(hasStructuredOutputs), yes);
});
