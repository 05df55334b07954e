import assert from "assert";
import { mergePatch } from "../../../../operator/engine/merge_patch.ts";

type Case = [string, Record<string, unknown>, Record<string, unknown>, unknown];
const cases: Case[] = [
  ["nothing where nothing differs", { a: 1, b: { x: [1] } }, { b: { x: [1] } }, undefined],
  ["the order of keys is no difference", { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, undefined],
  ["a field that is not wanted stays", { a: 1, b: 2 }, { a: 3 }, { a: 3 }],
  ["null removes a field that is there", { a: 1 }, { a: null, b: null }, { a: null }],
  ["undefined says nothing", { a: 1 }, { a: undefined }, undefined],
  ["a map is as wanted, in full", { a: { x: 1, y: 2 } }, { a: { x: 1 } }, { a: { y: null } }],
  ["a list is replaced as a whole", { a: [1, 2] }, { a: [2] }, { a: [2] }],
];

for (const [name, before, wanted, expected] of cases) {
  Deno.test(`merge patch: ${name}`, () => assert.deepEqual(mergePatch(before, wanted), expected));
}
