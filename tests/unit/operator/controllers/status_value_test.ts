import assert from "assert";
import { statusValue } from "../../../../operator/controllers/status_value.ts";
import { mergePatch } from "../../../../operator/engine/merge_patch.ts";

const cases: [string, unknown, unknown][] = [
  ["an object's nulls are left out, deep inside too", { a: null, b: { c: null } }, { b: {} }],
  ["a list keeps its places", [null, { a: null }, 1], [null, {}, 1]],
  ["numbers that JSON lacks are texts", { a: NaN, b: [-Infinity] }, { a: "NaN", b: ["-Infinity"] }],
  ["the rest stays", { a: 1, b: "x", c: true, d: [] }, { a: 1, b: "x", c: true, d: [] }],
];

for (const [name, value, expected] of cases) {
  Deno.test(`status value: ${name}`, () => assert.deepEqual(statusValue(value), expected));
}

Deno.test("status value: what was written differs in nothing from what is wanted", () => {
  const wanted = { result: statusValue({ a: null, b: { c: null, d: NaN } }) };
  const stored = { result: { b: { d: "NaN" } } };
  assert.equal(mergePatch(stored, wanted), undefined);
});
