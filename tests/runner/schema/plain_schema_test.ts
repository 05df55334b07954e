import assert from "assert";
import { plainSchema } from "../../../runner/schema/plain_schema.ts";
import { schemaMismatch } from "../../../runner/schema/schema_mismatch.ts";

/** Schemas in the words of later drafts than Genkit's validator knows: what fits, and what does not. */
const later: Record<string, [schema: Record<string, unknown>, fits: unknown, strays: unknown]> = {
  prefixItems: [
    { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
    ["a", 1],
    ["a", 1, 2],
  ],
  "prefixItems without items": [
    { type: "array", prefixItems: [{ type: "string" }] },
    ["a", 1],
    [1],
  ],
  dependentRequired: [
    { type: "object", dependentRequired: { card: ["address"] } },
    { card: 1, address: 2 },
    { card: 1 },
  ],
  "dependentSchemas beside dependentRequired": [
    {
      type: "object",
      dependentRequired: { a: ["b"] },
      dependentSchemas: { a: { properties: { b: { type: "string" } } } },
    },
    { a: 1, b: "x" },
    { a: 1, b: 2 },
  ],
  "nullable without a type": [
    { type: "object", properties: { a: { anyOf: [{ type: "string" }], nullable: true } } },
    { a: "x" },
    { a: 1 },
  ],
};

for (const [name, [schema, fits, strays]] of Object.entries(later)) {
  Deno.test(`plainSchema: ${name}`, () => {
    const plain = plainSchema(schema);
    assert.equal(schemaMismatch(fits, plain), undefined);
    assert.ok(schemaMismatch(strays, plain));
  });
}
