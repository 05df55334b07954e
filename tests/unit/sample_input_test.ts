import assert from "assert";
import { sampleInput } from "../../shared/sample_input.ts";

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});

Deno.test("a sample has a plausible word for known fields, else the field's name", () => {
  const schema = object({ name: { type: "string" }, flavour: { type: "string" } });
  assert.deepEqual(sampleInput(schema), { name: "Ann", flavour: "flavour" });
});

Deno.test("a sample has what must be there, and nothing else", () => {
  assert.deepEqual(sampleInput(object({ a: {}, b: {} }, ["b"])), { b: "b" });
  assert.deepEqual(sampleInput(object({ a: {} }, [])), {});
  assert.deepEqual(sampleInput(undefined), {});
});

Deno.test("a sample prefers the schema's own values", () => {
  const cases: [Record<string, unknown>, unknown][] = [
    [{ type: "string", const: "c" }, "c"],
    [{ type: "string", default: "d" }, "d"],
    [{ type: "number", default: 0 }, 0],
    [{ type: "string", examples: ["e"] }, "e"],
    [{ enum: ["f", "g"] }, "f"],
  ];
  for (const [schema, value] of cases) {
    assert.deepEqual(sampleInput(object({ name: schema })), { name: value });
  }
});

Deno.test("a sample has the types that the schema asks for", () => {
  const schema = object({
    count: { type: "integer", minimum: 3 },
    ratio: { type: "number" },
    sure: { type: "boolean" },
    none: { type: "null" },
    maybe: { type: ["null", "integer"] },
    tags: { type: "array", items: { type: "string" } },
    inner: { properties: { name: {} }, required: ["name"] },
  });
  assert.deepEqual(sampleInput(schema), {
    count: 3,
    ratio: 1,
    sure: true,
    none: null,
    maybe: 1,
    tags: ["tag"],
    inner: { name: "Ann" },
  });
});

Deno.test("a schema that contains itself has a sample", () => {
  const node: Record<string, unknown> = object({ next: {} });
  (node.properties as Record<string, unknown>).next = node;
  assert.match(JSON.stringify(sampleInput(node)), /^(\{"next":)+\{\}\}+$/);
});
