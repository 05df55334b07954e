import assert from "assert";
import { prune } from "../../../shared/api/prune.ts";

const text = { type: "string" };

Deno.test("an object where a text should be is left to validation", () => {
  const value = { a: { b: 1 } };
  assert.deepEqual(prune(value, { properties: { a: text } }), { value, warnings: [] });
});

Deno.test("the value that is given is not changed", () => {
  const value = { a: null, b: [{ c: 1 }], d: "x" };
  const before = structuredClone(value);
  prune(value, { properties: { b: { items: { properties: {} } }, d: text } });
  assert.deepEqual(value, before);
});
